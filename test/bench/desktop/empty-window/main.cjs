// The least that Electron can show: one sandboxed window with an empty page. With EMPTY_WINDOW_CORE it starts that core too, the way the program does.
'use strict';
const path = require('node:path');
const { app, BrowserWindow, utilityProcess } = require('electron');

void app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1100, height: 760, webPreferences: { sandbox: true, contextIsolation: true } });
  void window.loadFile(path.join(__dirname, 'index.html'));
  if (process.env.EMPTY_WINDOW_CORE) startCore(JSON.parse(process.env.EMPTY_WINDOW_CORE));
});

function startCore({ entry, flags, options }) {
  const core = utilityProcess.fork(entry, [], { execArgv: flags, env: { ...process.env, FLASHSWARM_CORE: JSON.stringify(options) }, stdio: ['ignore', 'ignore', 'inherit'] });
  core.on('message', ({ t }) => {
    if (t === 'ready') process.stdout.write(`${JSON.stringify({ type: 'core', pid: core.pid })}\n`);
  });
  // It keeps the core from being thought hung, as the program does.
  setInterval(() => core.postMessage({ t: 'ping', id: 0 }), 2000);
  app.on('will-quit', () => core.postMessage({ t: 'stop', deadlineMs: 5000 }));
}
