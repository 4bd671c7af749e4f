// Summaries of event packages as the core sends them.
import type { EventInfo, Layer, PackageSummary } from '../../../contract/index.ts';

export const layer = (change: Partial<Layer> = {}): Layer => ({
  id: 'core', title: 'Core', required: true, chosen: true, requires: [], infoHash: '1'.repeat(40), bytesTotal: 1000, bytesDone: 1000, fileCount: 2, state: 'ready', segment: null, ...change,
});

export const eventInfo = (change: Partial<EventInfo> = {}): EventInfo => ({
  version: 2, publisher: { name: 'P', homepage: null, keyId: '0'.repeat(16), fingerprint: 'a'.repeat(40), words: [] }, summary: null, trust: 'trusted', trustedSince: 1, warnings: [],
  issuedAt: 1, expiresAt: null, expired: false, startsAt: null, open: true, coreReady: true, live: false, update: null, lastUpdate: null, ...change,
});

export const updating: EventInfo['update'] = {
  state: 'getting', version: 2, fetchBytes: 500, fetchedBytes: 250, reusedBytes: 9000, checkedAt: null, nextCheckAt: null, message: null,
};

export const eventSummary = (change: Partial<PackageSummary> = {}, state: Partial<PackageSummary['state']> = {}): PackageSummary => ({
  id: 'com.example.x', name: 'The Game', infoHash: '1'.repeat(40), signature: 'signed', event: eventInfo(), layers: [layer()], hasMetadata: true, addedAt: 0, completedAt: null,
  state: { kind: 'seeding', reason: 'nobody-wants', sinceMs: 0, sending: 0, connected: 0, limitBytesPerSecond: null, retryAt: null, missingBytes: null, progress: null, message: null, ...state },
  bytesTotal: 1000, bytesWanted: 1000, bytesDone: 1000, fromLocal: 0, fromPeople: 1000, fromServer: 0, uploadedBytes: 0, ratio: 0, downloadBytesPerSecond: 0, uploadBytesPerSecond: 0,
  etaSeconds: null, peers: { connected: 0, known: 0, sending: 0, receiving: 0, complete: 0 }, firstPieceMs: null, bar: { local: [], people: [], server: [], copies: [] },
  queuePosition: 0, order: 'rarest', paused: false, folder: '/x', fileCount: 2, limits: { downBytesPerSecond: null, upBytesPerSecond: null, uploadSlots: null, serverBytesPerSecond: null }, serverUse: null, seedingGoal: null, ...change,
});
