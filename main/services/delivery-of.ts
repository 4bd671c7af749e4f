// What a package's signed manifest, the user's own choice and the settings say together about how it is delivered.
import type { Settings } from '../../contract/index.ts';
import { DEFAULT_DELIVERY } from '../engine/delivery-spec.ts';
import type { DeliverySpec, DiscoveryUse, SmoothingSpec } from '../engine/delivery-spec.ts';
import type { RelayServer } from '../engine/ice-servers.ts';
import type { Manifest } from '../package/package-types.ts';
import type { PackageRecord } from './package-record.ts';

/** Where a publisher says nothing of it, so much of the full demand is allowed at the beginning of an event, and for so long. */
const SMOOTHING_MINUTES = 30;
const SMOOTHING_START_SHARE = 0.1;
/** So few people come at once to any server without hurting it. */
const SMALL_AUDIENCE = 8;

type Choice = Pick<PackageRecord, 'serverBytesPerSecond' | 'serverUse' | 'addedAt'>;

/**
 * What the settings switch off stays off whatever a package says; a package may switch off more. The trackers of an event are its
 * publisher's own, so that DHT and PEX come after them.
 * @param manifest null: a plain torrent
 */
export function deliveryOf(manifest: Manifest | null, choice: Choice, settings: Pick<Settings, 'dht' | 'pex' | 'lsd'>): DeliverySpec {
  const { sources, delivery } = manifest ?? {};
  const hasTrackers = (sources?.trackers?.length ?? 0) > 0;
  const usual: DiscoveryUse = manifest && hasTrackers ? 'fallback' : 'on';
  const use = (allowed: boolean, wish: DiscoveryUse | undefined, otherwise: DiscoveryUse): DiscoveryUse => (allowed ? wish ?? otherwise : 'off');
  return {
    ...DEFAULT_DELIVERY,
    dht: use(settings.dht, sources?.dht, usual),
    pex: use(settings.pex, sources?.pex, usual),
    lsd: use(settings.lsd, sources?.lsd, 'on'),
    seeders: sources?.seeders ?? [],
    transport: delivery?.transport ?? 'auto',
    connections: delivery?.connections ?? null,
    firstPieces: delivery?.firstPieces ?? DEFAULT_DELIVERY.firstPieces,
    cdn: choice.serverUse ?? delivery?.cdn ?? 'start-and-rescue',
    originBytesPerSecond: choice.serverBytesPerSecond,
    smoothing: manifest ? smoothingOf(manifest, choice.addedAt) : null,
    turn: (sources?.turn ?? []).map(relayOf),
    stun: sources?.stun ?? [],
  };
}

/** An address alone names a relay that asks for nothing. */
function relayOf(relay: string | { url: string; username: string; credential: string }): RelayServer {
  return typeof relay === 'string' ? { url: relay, username: null, credential: null } : relay;
}

/**
 * A crowd is expected where the publisher says so: by a start, an audience, or a wish of their own for a gentle beginning. Whoever opens anything else
 * at any odd time has no reason to wait.
 * @param addedAt epoch ms: where no start is named the ramp is the package's, not begun anew by each layer and each start of the program
 */
function smoothingOf({ delivery, event }: Manifest, addedAt: number): SmoothingSpec | null {
  const minutes = delivery?.smoothing?.minutes ?? SMOOTHING_MINUTES;
  const expectsCrowd = delivery?.smoothing !== undefined || event?.startsAt !== undefined || (event?.expectedAudience ?? 0) > SMALL_AUDIENCE;
  if (minutes === 0 || !expectsCrowd) return null;
  return {
    minutes, startShare: delivery?.smoothing?.startShare ?? SMOOTHING_START_SHARE, audience: event?.expectedAudience ?? null,
    eventStartsAt: event?.startsAt === undefined ? addedAt : Date.parse(event.startsAt),
  };
}
