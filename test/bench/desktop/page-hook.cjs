// Looks at a page from beside it (a preload of its own): says when what is waited for is painted, and how long its longest tasks take.
'use strict';
const { ipcRenderer } = require('electron');

const now = () => performance.timeOrigin + performance.now();
const say = (line) => ipcRenderer.send('bench:mark', line);
const mark = (name) => say({ type: 'mark', name, at: now() });

/** What the picture shows that is in the document now. */
function painted() {
  if (document.querySelector('[data-bench-empty]')) return 'empty window';
  if (document.querySelector('[role="row"][data-id]')) return 'rows';
  // The empty library's three ways in.
  if (document.querySelector('[role="grid"], section h2')) return 'empty library';
  return null;
}

mark('page begins');
const seen = new Set();
const look = () => {
  if (document.getElementById('root')?.firstChild && !seen.has('interface')) {
    seen.add('interface');
    afterFrame(() => mark('interface painted'));
  }
  // The page takes its word for what it shows only while the engine is there; before it heard of one, it says nothing yet.
  const stale = document.querySelector('[data-stale]')?.getAttribute('data-stale');
  if (stale === 'true') seen.add('waits for the engine');
  if (stale === 'false' && seen.has('waits for the engine') && !seen.has('live')) {
    seen.add('live');
    mark('engine up');
  }
  const what = painted();
  if (!what || seen.has(what)) return;
  seen.add(what);
  afterFrame(() => {
    const rows = document.querySelectorAll('[role="row"][data-id]').length;
    say({ type: 'painted', what, rows, at: now() });
  });
};
/** The frame with what is there now has been handed over when the task after it runs. */
function afterFrame(act) {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => act();
    port2.postMessage(null);
  });
}
const changes = new MutationObserver(look);
changes.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-stale'] });
document.addEventListener('DOMContentLoaded', () => {
  mark('document read');
  look();
});
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) say({ type: 'long task', at: performance.timeOrigin + startTime, ms: duration });
}).observe({ type: 'longtask', buffered: true });
