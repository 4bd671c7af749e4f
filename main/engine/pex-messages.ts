// Reads and writes what peers tell one another about other peers (BEP 11), never more of it than one message may hold.
import { decodeBounded, encode } from 'bencode';
import { readCompactList, writeCompact } from './compact-address.ts';

export const PEX_MAX_PER_MESSAGE = 50;
export const PexFlag = { seed: 0x02, utp: 0x04, reachable: 0x10 } as const;

export interface PexMessage { added: string[]; dropped: string[] }
export interface PexPeer { address: string; flags: number }

const MAX_BYTES = 8192;

/** @returns `host:port` of both families, at most 50 each; null for what is no such message */
export function decodePex(payload: Uint8Array): PexMessage | null {
  if (payload.length > MAX_BYTES) return null;
  let said: unknown;
  try {
    said = decodeBounded(payload, { maxBytes: MAX_BYTES, maxDepth: 4, maxElements: 64, strict: true }).value;
  } catch {
    return null;
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said)) return null;
  const fields = said as Record<string, unknown>;
  const list = (name: string): string[] => {
    const found: string[] = [];
    for (const family of [4, 6] as const) {
      const bytes = fields[family === 4 ? name : `${name}6`];
      if (bytes instanceof Uint8Array) found.push(...readCompactList(bytes, family, PEX_MAX_PER_MESSAGE - found.length));
    }
    return found;
  };
  return { added: list('added'), dropped: list('dropped') };
}

/** The first 50 of each; what is no literal address is left out. */
export function encodePex(added: readonly PexPeer[], dropped: readonly string[]): Uint8Array {
  const families = { added: [] as Buffer[], added6: [] as Buffer[], dropped: [] as Buffer[], dropped6: [] as Buffer[] };
  const flags: { added: number[]; added6: number[] } = { added: [], added6: [] };
  for (const { address, flags: flag } of added.slice(0, PEX_MAX_PER_MESSAGE)) {
    const bytes = writeCompact(address);
    if (!bytes) continue;
    const name = bytes.length === 6 ? 'added' : 'added6';
    families[name].push(bytes);
    flags[name].push(flag);
  }
  for (const address of dropped.slice(0, PEX_MAX_PER_MESSAGE)) {
    const bytes = writeCompact(address);
    if (bytes) families[bytes.length === 6 ? 'dropped' : 'dropped6'].push(bytes);
  }
  return encode({
    'added': Buffer.concat(families.added), 'added.f': Buffer.from(flags.added), 'dropped': Buffer.concat(families.dropped),
    'added6': Buffer.concat(families.added6), 'added6.f': Buffer.from(flags.added6), 'dropped6': Buffer.concat(families.dropped6),
  });
}
