// A small real process that speaks the core's protocol and remembers what it was asked, for tests of the hosts' HTTP side alone.
const asked = [];
const hash = '0123456789abcdef0123456789abcdef01234567';
const totals = {
  downloadBytesPerSecond: 0, uploadBytesPerSecond: 0, receivedBytes: 0, uploadedBytes: 0, fromPeople: 0, fromServer: 0,
  connected: 0, listenPort: 0, turtleActive: false, freeBytes: null, uptimeSeconds: 0, dhtNodes: 0,
};
const answers = {
  'session.snapshot': () => ({ ok: true, value: { seq: 1, packages: [], totals, settings: { asked } } }),
  'packages.add': () => ({ ok: true, value: { id: hash, merged: false } }),
  'packages.figures': ({ id, since }) => ({ ok: true, value: { id, history: { stepMs: 1000, points: since === undefined ? [{ at: 1000 }, { at: 2000 }] : [{ at: since + 1000 }] } } }),
  'packages.detail': (input) => (input.id === hash
    ? { ok: true, value: { id: hash, files: [], trackers: [], peers: [] } }
    : { ok: false, error: { code: 'not-found', message: 'This is not in the list.' } }),
};
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  if (message.t === 'ping') process.send({ t: 'pong', id: message.id });
  if (message.t === 'stop') process.send({ t: 'stopped' }, () => process.exit(0));
  if (message.t === 'grant') asked.push({ grant: message.path });
  if (message.t === 'request') {
    asked.push({ name: message.name, input: message.input });
    const answer = answers[message.name]?.(message.input ?? {}) ?? { ok: true };
    process.send({ t: 'answer', id: message.id, answer });
    if (message.name === 'packages.add') process.send({ t: 'event', name: 'packages.changed', payload: { seq: 2, upserted: [], removed: [], totals } });
  }
});
process.send({ t: 'ready' });
