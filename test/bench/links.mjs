// Real links between network namespaces: one hub with a bridge, a veth for every node, shaped by tbf. Needs root.
import { execFileSync } from 'node:child_process';

const PREFIX = `fsb${process.pid % 10000}`;
const HUB = `${PREFIX}-hub`;
const built = [];

const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });
const name = (node) => `${PREFIX}-n${node}`;

export const HUB_ADDRESS = '10.98.0.254';
export const addressOf = (node) => `10.98.0.${node + 1}`;
/** Arguments in front of a command so that it runs in a node, or in the hub. */
export const inNode = (node) => ['netns', 'exec', name(node)];
export const inHub = () => ['netns', 'exec', HUB];

export function buildLinks(count) {
  process.on('exit', tearDown);
  ip('netns', 'add', HUB);
  built.push(HUB);
  ip('-n', HUB, 'link', 'set', 'lo', 'up');
  ip('-n', HUB, 'link', 'add', 'br0', 'type', 'bridge');
  ip('-n', HUB, 'addr', 'add', `${HUB_ADDRESS}/24`, 'dev', 'br0');
  ip('-n', HUB, 'link', 'set', 'br0', 'up');
  for (let node = 0; node < count; node++) {
    ip('netns', 'add', name(node));
    built.push(name(node));
    ip('-n', name(node), 'link', 'set', 'lo', 'up');
    ip('-n', HUB, 'link', 'add', `v${node}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name(node));
    ip('-n', HUB, 'link', 'set', `v${node}`, 'master', 'br0', 'up');
    ip('-n', name(node), 'addr', 'add', `${addressOf(node)}/24`, 'dev', 'eth0');
    ip('-n', name(node), 'link', 'set', 'eth0', 'up');
  }
}

/** What a node sends is held to so many megabits a second on the wire (41.9 is 5 MB/s of payload). */
export function shape(node, megabits) {
  ip(...inNode(node), 'tc', 'qdisc', 'replace', 'dev', 'eth0', 'root', 'tbf', 'rate', `${megabits}mbit`, 'burst', '128kb', 'latency', '100ms');
}

export function tearDown() {
  for (const namespace of built.splice(0).reverse()) {
    try { ip('netns', 'del', namespace); } catch { /* it is gone already */ }
  }
}

export function canBuildLinks() {
  try {
    ip('netns', 'add', `${PREFIX}-try`);
    ip('netns', 'del', `${PREFIX}-try`);
    return true;
  } catch {
    return false;
  }
}
