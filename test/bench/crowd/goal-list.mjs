// The goals of the crowd bench: which crowds each is measured with (in the words of the command line) and what is asked of them.

/** Crowds that are compared run in turns, at the same rates. Sources are four client lines strong where there is a server. */
export const GROUPS = {
  'p2p-8': { ours: '--clients 8', aria2: '--clients 8 --client aria2', libtorrent: '--clients 8 --client libtorrent' },
  'p2p-16': { ours: '--clients 16', aria2: '--clients 16 --client aria2', libtorrent: '--clients 16 --client libtorrent' },
  'uneven': { ours: '--clients 16 --uplinks 1,5,9' },
  'mixed': { crowd: '--mix flashswarm:8,aria2:8' },
  'hybrid-1': { ours: '--clients 1 --strategy hybrid --size 32', http: '--clients 1 --strategy cdn --client curl --size 32' },
  'hybrid-4': { ours: '--clients 4 --strategy hybrid --size 32', http: '--clients 4 --strategy cdn --client curl --size 32' },
  'hybrid-16': { ours: '--clients 16 --strategy hybrid --size 32', http: '--clients 16 --strategy cdn --client curl --size 32' },
  'far': { ours: '--clients 8 --strategy hybrid --size 16 --delay 20', http: '--clients 8 --strategy cdn --client curl --size 16 --delay 20' },
  // What a gentle beginning is for: a crowd much wider than its server, at the settings of a package that names none. 48 clients take two cores to themselves.
  'large-crowd': {
    on: '--clients 24 --strategy hybrid --size 16 --up 1 --origin-rate 1 --smoothing on --smoothing-minutes 30', off: '--clients 24 --strategy hybrid --size 16 --up 1 --origin-rate 1',
  },
  // What it costs: a server as wide as its whole crowd, whose line is not the limit, so that what it sends is what is asked of it.
  'smoothing': {
    on: '--clients 16 --strategy hybrid --size 32 --up 2.5 --origin-rate 40 --smoothing on', off: '--clients 16 --strategy hybrid --size 32 --up 2.5 --origin-rate 40',
  },
  'killed': {
    hybrid: '--clients 8 --strategy hybrid --size 32 --kill origin@0.5', seedbox: '--clients 8 --strategy seedbox --size 32 --kill seed@0.5',
    p2p: '--clients 8 --strategy p2p --seed-rate 20 --size 32 --kill seed@0.5',
  },
};

const most = (value, limit) => ({ value, limit: `<= ${limit}`, isMet: value !== null && value <= limit });
const least = (value, limit) => ({ value, limit: `>= ${limit}`, isMet: value !== null && value >= limit });
const below = (value, limit) => ({ value, limit: `< ${limit}`, isMet: value !== null && value < limit });
const ratio = (a, b) => (a === null || b === null || a === undefined || b === undefined ? null : a / b);

/** `judge`, from the medians of each group's crowds: `[{ goal, value, limit, isMet, isTimeless }]`; what is timeless holds in a void run too. Several goals share the crowds of a group. */
export const GOALS = [
  {
    name: 'p2p-8', groups: ['p2p-8'],
    judge: ({ 'p2p-8': { ours, aria2, libtorrent } }) => besideOthers(8, 1.08, ours, aria2, libtorrent),
  },
  {
    name: 'p2p-16', groups: ['p2p-16'],
    judge: ({ 'p2p-16': { ours, aria2, libtorrent } }) => besideOthers(16, 1.12, ours, aria2, libtorrent),
  },
  { name: 'cpu', groups: ['p2p-16'], judge: ({ 'p2p-16': { ours } }) => [{ goal: 'CPU seconds of all processes, 16 clients', ...most(ours.cpuSeconds, 20), isTimeless: true }] },
  { name: 'uneven', groups: ['uneven'], judge: ({ uneven: { ours } }) => [{ goal: 'uplinks 1, 5, 9: last / bound, 16 clients', ...most(ours.lastOverBound, 1.3) }] },
  {
    name: 'mixed', groups: ['mixed'],
    judge: ({ mixed: { crowd } }) => [{ goal: 'half aria2: our last / aria2\'s last', ...most(ratio(crowd.byKind.flashswarm.lastSeconds, crowd.byKind.aria2.lastSeconds), 1) }],
  },
  {
    name: 'hybrid', groups: ['hybrid-1', 'hybrid-4', 'hybrid-16'],
    judge: (groups) => [1, 4, 16].map((clients) => {
      const { ours, http } = groups[`hybrid-${clients}`];
      return { goal: `hybrid p95 / HTTP only, ${clients} clients`, ...most(ratio(ours.p95Seconds, http.p95Seconds), 1) };
    }),
  },
  { name: 'share', groups: ['hybrid-16'], judge: ({ 'hybrid-16': { ours } }) => [{ goal: 'hybrid, 16 clients: peers\' share', ...least(ours.peersShare, 0.85) }] },
  {
    name: 'first-piece', groups: ['hybrid-16', 'far'],
    judge: (groups) => [['hybrid-16', '16 clients'], ['far', '8 clients, lines of 20 ms']].map(([group, text]) => {
      const { ours, http } = groups[group];
      return { goal: `first verified piece / HTTP of the same bytes, ${text}`, ...most(ratio(ours.firstPieceSeconds, http.firstPieceSeconds), 1.2) };
    }),
  },
  { name: 'large-crowd', groups: ['large-crowd'], judge: (groups) => gentle('24 clients, a server of 1 uplink', groups['large-crowd']) },
  { name: 'smoothing', groups: ['smoothing'], judge: (groups) => gentle('16 clients, a server of 16', groups.smoothing) },
  {
    name: 'killed', groups: ['killed'],
    judge: ({ killed }) => Object.entries({ hybrid: 'origin', seedbox: 'first of three seeds', p2p: 'only seed' }).map(([strategy, who]) => ({
      goal: `${strategy}, the ${who} killed half way: complete of ${killed[strategy].clients}`, ...least(killed[strategy].complete, killed[strategy].clients), isTimeless: true,
    })),
  },
  { name: 'simulator', groups: [], isSimulator: true },
];

const gentle = (text, { on, off }) => [
  { goal: `smoothing on / off, ${text}: peak asked of the origin`, ...most(ratio(on.originAskedPeakBytesPerSecond, off.originAskedPeakBytesPerSecond), 0.25) },
  { goal: `smoothing on / off, ${text}: p95 completion`, ...most(ratio(on.p95Seconds, off.p95Seconds), 1) },
];

const besideOthers = (clients, limit, ours, aria2, libtorrent) => [
  { goal: `p2p, ${clients} clients: last / bound`, ...most(ours.lastOverBound, limit) },
  { goal: `p2p, ${clients} clients: last / aria2's`, ...below(ratio(ours.lastSeconds, aria2.lastSeconds), 1) },
  { goal: `p2p, ${clients} clients: last / libtorrent's`, ...below(ratio(ours.lastSeconds, libtorrent.lastSeconds), 1) },
];
