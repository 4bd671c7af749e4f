// Checks what somebody types as servers for the measurements, so that a slip is said at its field and not found out later.

export type ServerKind = 'stun' | 'probe' | 'portal';
export const mostServers = { stun: 8, probe: 4, turn: 4, portal: 4 } as const;

const longest = { stun: 300, probe: 500, portal: 500 } as const;
const schemes = /^(?:probe|tcp|udp|stun|turn):(?:\/\/)?/i;

/** host, host:port, [IPv6]:port, with or without a scheme in front; as the core reads it. */
export function isServerAddress(text: string): boolean {
  const bare = text.trim();
  if (bare.length > 300) return false;
  if (!schemes.test(bare) && /^[0-9a-f:]+:[0-9a-f:.]*$/i.test(bare) && bare.split(':').length > 2) return true;
  const match = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(\d{1,5}))?\/?$/i.exec(bare.replace(schemes, ''));
  const port = match?.[2] === undefined ? 1 : Number(match[2]);
  return match !== null && port >= 1 && port <= 65_535;
}

/** A plain http address, and after a space what it answers. */
export const isPortalLine = (text: string): boolean => {
  const [, address] = /^(http:\/\/\S+)(?:\s+.*)?$/i.exec(text.trim()) ?? [];
  return address !== undefined && URL.canParse(address);
};

/** Lines as a list; the problem names the key of its sentence and the line. */
export function parseServerLines(kind: ServerKind, typed: string): { ok: true; list: string[] } | { ok: false; key: string; line: string } {
  const lines = typed.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const isRight = kind === 'portal' ? isPortalLine : isServerAddress;
  const wrong = lines.find((line) => line.length > longest[kind] || !isRight(line));
  if (wrong !== undefined) return { ok: false, key: `connectivity.servers.wrong.${kind === 'portal' ? 'portal' : 'address'}`, line: wrong.slice(0, 80) };
  const list = [...new Set(lines)];
  return list.length > mostServers[kind] ? { ok: false, key: 'connectivity.servers.wrong.many', line: String(mostServers[kind]) } : { ok: true, list };
}
