// The engine on a system for which there is no binary of WebRTC: every load of it fails.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier.includes('node-datachannel')) throw Object.assign(new Error('no binary for this system'), { code: 'MODULE_NOT_FOUND' });
    return next(specifier, context);
  },
});
const { Engine } = await import('../../../main/engine/engine.ts');
const { DEFAULT_DELIVERY } = await import('../../../main/engine/delivery-spec.ts');
const { SwarmWebrtc } = await import('../../../main/engine/webtorrent-webrtc.ts');
const problems: string[] = [];
const world = {
  lookup: (() => {}) as never, mayAsk: () => true, resolve: async (host: string) => host, checkRelay: async () => 'ok' as const, ownServers: () => ({ stun: [], turn: [] }),
};
const engine = await Engine.start({
  listenPort: 0, bindAddress: '127.0.0.1', dht: false, lsd: false, utp: false, pex: false, maxConnections: 5, userAgent: 'Flashswarm/0', downloadBytesPerSecond: null, uploadBytesPerSecond: null,
  webrtc: world,
});
const webrtc = new SwarmWebrtc({
  world, figures: () => ({ uploaded: 0, downloaded: 0, left: 1 }), onStream: () => true, directPeers: () => 0, wants: () => true, onProblem: (message) => problems.push(message),
});
webrtc.setDelivery({ ...DEFAULT_DELIVERY, stun: ['stun:127.0.0.1:3478'] });
webrtc.start();
const offer = { type: 'offer', sdp: process.argv[2] };
const answers = [await webrtc.answerTo(offer), await webrtc.answerTo(offer)];
await webrtc.stop();
await engine.close();
process.stdout.write(JSON.stringify({ answers, problems }));
