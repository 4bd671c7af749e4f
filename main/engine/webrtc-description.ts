// Session descriptions (RFC 8866, 8839) that pass through a stranger's tracker: what ours gives away, and what of theirs is believed.
import { isIP } from 'node:net';

const MAX_DESCRIPTION_CHARACTERS = 16 * 1024;
const MAX_LINES = 200;
const MAX_CANDIDATES = 20;
const CANDIDATE = /^a=candidate:([A-Za-z0-9+/]{1,32}) 1 (?:udp|UDP) (\d{1,10}) ([0-9A-Fa-f:.]{2,45}) (\d{1,5}) typ (host|srflx|prflx|relay)(?: |$)/;

interface Candidate { foundation: string; priority: number; address: string; port: number; type: string }

/**
 * What of our own description the other side learns: never an address of the home network unless `mayTell` says so, and never the one behind
 * a translated or relayed address.
 */
export function descriptionToSend(sdp: string, mayTell: (address: string) => boolean): string {
  const lines = sdp.split(/\r?\n/).filter((line) => line !== '').flatMap((line) => {
    if (line.startsWith('c=')) return ['c=IN IP4 0.0.0.0'];
    if (line.startsWith('m=application ')) return [line.replace(/^m=application \d+ /, 'm=application 9 ')];
    if (!line.startsWith('a=candidate:')) return [line];
    const candidate = candidateOf(line);
    return candidate && mayTell(candidate.address) ? [lineOf(candidate)] : [];
  });
  return `${lines.join('\r\n')}\r\n`;
}

/**
 * A stranger's description, as far as it is one of a single data channel: names are not looked up, addresses that may not be asked are left out.
 * null for anything else.
 * @param value `{type, sdp}` as a tracker hands it on
 */
export function readDescription(value: unknown, type: 'offer' | 'answer', mayAsk: (address: string) => boolean): { sdp: string; relays: Set<string> } | null {
  if (typeof value !== 'object' || value === null) return null;
  const { type: said, sdp } = value as { type?: unknown; sdp?: unknown };
  if (said !== type || typeof sdp !== 'string' || sdp.length > MAX_DESCRIPTION_CHARACTERS || !/^[\x20-\x7e\r\n]+$/.test(sdp)) return null;
  const lines = sdp.split(/\r?\n/).filter((line) => line !== '');
  const media = lines.filter((line) => line.startsWith('m='));
  if (lines.length > MAX_LINES || lines[0] !== 'v=0' || media.length !== 1 || !/^m=application \d{1,5} (?:UDP\/)?DTLS\/SCTP /.test(media[0]!)) return null;
  if (!lines.some((line) => /^a=fingerprint:sha-256 (?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}$/.test(line))) return null;
  const relays = new Set<string>();
  let candidates = 0;
  const kept = lines.flatMap((line) => {
    if (line.startsWith('c=')) return ['c=IN IP4 0.0.0.0'];
    if (!line.startsWith('a=candidate:')) return line.startsWith('a=remote-candidates') ? [] : [line];
    const candidate = candidateOf(line);
    if (!candidate || !mayAsk(candidate.address) || ++candidates > MAX_CANDIDATES) return [];
    if (candidate.type === 'relay') relays.add(candidate.address);
    return [lineOf(candidate)];
  });
  return candidates > 0 ? { sdp: `${kept.join('\r\n')}\r\n`, relays } : null;
}

/** Which kinds of ways a description offers. */
export function candidateTypes(sdp: string): Set<string> {
  return new Set(sdp.split(/\r?\n/).flatMap((line) => candidateOf(line)?.type ?? []));
}

function candidateOf(line: string): Candidate | null {
  const match = CANDIDATE.exec(line);
  if (!match || isIP(match[3]!) === 0) return null;
  const port = Number(match[4]);
  const priority = Number(match[2]);
  return port >= 1 && port <= 65_535 && priority < 2 ** 32 ? { foundation: match[1]!, priority, address: match[3]!, port, type: match[5]! } : null;
}

function lineOf({ foundation, priority, address, port, type }: Candidate): string {
  const behind = type === 'host' ? '' : isIP(address) === 6 ? ' raddr :: rport 9' : ' raddr 0.0.0.0 rport 9';
  return `a=candidate:${foundation} 1 UDP ${priority} ${address} ${port} typ ${type}${behind}`;
}
