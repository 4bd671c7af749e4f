// The native menus. What they name is done by the window; the keys beside the entries are the window's own.
import { app, Menu } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import type { Payload } from '../../contract/index.ts';
import { word } from './words.ts';

type Asked = Payload<'window.asked'>;

export interface MenuHost {
  ask(asked: Asked): void;
  pauseAll(): void;
  resumeAll(): void;
  quit(): void;
}

export function setAppMenu(host: MenuHost): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(host, process.platform)));
}

/** @param platform as `process.platform` names it: macOS has a menu of the program's own, in front of all others */
export function menuTemplate(host: MenuHost, platform: string): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  // The page answers these keys itself, also while no menu is shown; registered twice they would be done twice.
  const entry = (key: string, asked: Asked, accelerator?: string): MenuItemConstructorOptions => ({
    label: word(`menu.${key}`), click: () => host.ask(asked), ...(accelerator ? { accelerator, registerAccelerator: isMac } : {}),
  });
  const quit: MenuItemConstructorOptions = { label: word('menu.quit'), accelerator: 'CommandOrControl+Q', click: () => host.quit() };
  const settings = entry('settings', { do: 'settings' }, 'CommandOrControl+,');
  const line: MenuItemConstructorOptions = { type: 'separator' };
  const own: MenuItemConstructorOptions = {
    label: app.name, submenu: [{ role: 'about', label: word('menu.about') }, line, settings, line, { role: 'services' }, line, { role: 'hide', label: word('menu.hide') }, { role: 'hideOthers' }, { role: 'unhide' }, line, quit],
  };
  return [
    ...(isMac ? [own] : []),
    {
      label: word('menu.file'),
      submenu: [
        entry('add', { do: 'add-file' }, 'CommandOrControl+O'), entry('addLink', { do: 'add-link' }, 'CommandOrControl+U'), entry('create', { do: 'create' }), line,
        { label: word('menu.pauseAll'), click: () => host.pauseAll() }, { label: word('menu.resumeAll'), click: () => host.resumeAll() }, line,
        { role: 'close', label: word('menu.close') }, ...(isMac ? [] : [line, settings, line, quit]),
      ],
    },
    { label: word('menu.edit'), submenu: [{ role: 'undo' }, { role: 'redo' }, line, { role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' }, line, entry('find', { do: 'find' }, 'CommandOrControl+F')] },
    { label: word('menu.view'), submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, line, { role: 'togglefullscreen' }] },
    ...(isMac ? [{ label: word('menu.window'), role: 'windowMenu' as const }] : []),
    { label: word('menu.help'), role: 'help', submenu: [entry('keys', { do: 'keys' }), ...(isMac ? [] : [{ role: 'about' as const, label: word('menu.about') }])] },
  ];
}
