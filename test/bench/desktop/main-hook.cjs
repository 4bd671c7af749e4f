// Loaded into an Electron main process before its program (`electron -r`): says when what is seen, how long the process blocks, and asks on command.
// CommonJS in the syntax of Node 16, like the program's own main. Prints JSON lines; reads commands as JSON lines.
'use strict';
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { createInterface } = require('node:readline');
const { app, ipcMain, session } = require('electron');

const TICK_MS = 5;
const SAY_EVERY_MS = 500;

const now = () => performance.timeOrigin + performance.now();
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const mark = (name) => say({ type: 'mark', name, at: now() });

/** Milliseconds this thread ran and stood in line for a processor, since it began; null where the system does not count them. */
function processorTimes() {
  try {
    const [ran, waited] = readFileSync('/proc/self/schedstat', 'latin1').split(' ');
    return { ranMs: Number(ran) / 1e6, waitedMs: Number(waited) / 1e6 };
  } catch {
    return null;
  }
}

/** A tick every few milliseconds: what lies between two of them beyond that is a block. */
function watchBlocks() {
  let last = now();
  let times = processorTimes();
  let lags = [];
  let saidAt = last;
  setInterval(() => {
    const at = now();
    const lag = Math.max(0, at - last - TICK_MS);
    const spent = processorTimes();
    // Standing in line for a processor is what other programs do to this one; what remains it did itself.
    const own = spent && times ? Math.max(0, lag - (spent.waitedMs - times.waitedMs)) : lag;
    lags.push([Math.round(lag * 10) / 10, Math.round(own * 10) / 10]);
    times = spent;
    last = at;
    if (at - saidAt > SAY_EVERY_MS) {
      say({ type: 'lags', from: saidAt, to: at, lags });
      saidAt = at;
      lags = [];
      last = now(); // telling it is no fault of the program
      times = processorTimes();
    }
  }, TICK_MS);
}

process.argv.splice(1, 2); // `-r` and this file: the program reads its own arguments behind them
mark('main begins');
if (process.env.FLASHSWARM_BENCH_BLOCKS === '1') watchBlocks();
ipcMain.on('bench:mark', (_event, line) => say(line));
app.on('browser-window-created', (_event, window) => {
  mark('window made');
  if (window.isVisible()) mark('window shown');
  else window.once('show', () => mark('window shown'));
  window.webContents.once('did-start-loading', () => mark('page asked for'));
  createInterface({ input: process.stdin }).on('line', (text) => {
    const { id, script } = JSON.parse(text);
    window.webContents.executeJavaScript(script).then(
      (value) => say({ type: 'answer', id, value }),
      (error) => say({ type: 'answer', id, error: String(error) }),
    );
  });
});
void app.whenReady().then(() => {
  mark('app ready');
  const file = path.join(__dirname, 'page-hook.cjs');
  if (session.defaultSession.registerPreloadScript) session.defaultSession.registerPreloadScript({ type: 'frame', filePath: file });
  else session.defaultSession.setPreloads([file]);
});
