// A small real process that speaks the core's protocol, for tests of the supervisor: it can be told to die, hang or refuse.
const behaviour = JSON.parse(process.env.FLASHSWARM_CORE).dataDir;
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  if (message.t === 'ping') process.send({ t: 'pong', id: message.id });
  if (message.t === 'stop') process.send({ t: 'stopped' }, () => process.exit(0));
  if (message.t === 'grant') process.send({ t: 'event', name: 'core.state', payload: { granted: message } });
  if (message.t === 'request') {
    if (message.name === 'settings.get') process.exit(9);
    process.send({ t: 'answer', id: message.id, answer: { ok: true, value: { pid: process.pid, name: message.name } } });
    if (message.name === 'packages.detail') process.send({ t: 'event', name: 'core.state', payload: { after: message.name } });
  }
});
if (behaviour === 'refuse') {
  process.send({ t: 'fatal', message: 'Another Flashswarm is using this folder.' }, () => process.exit(1));
} else {
  process.send({ t: 'ready' });
}
