// A home network as people have it: "inet" outside, "router" with Debian's miniupnpd, "pc" and "other" at home.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder, until } from '../support/processes.ts';
import type { Program } from '../support/processes.ts';
import type { LabNetwork } from './lab-network.ts';

export const MINIUPNPD = '/usr/sbin/miniupnpd';
export const HOME = { router: '192.168.1.1', pc: '192.168.1.10', other: '192.168.1.11', pcIpv6: '2a00:1:2:3::10', routerIpv6: '2a00:1:2:3::1' };
export const OUTSIDE = '25.0.0.1';

/** Counts, on the computer, every packet that leaves the home network. */
export const COUNT_OFF_SUBNET = `table inet filter {
  counter offsubnet { }
  chain output { type filter hook output priority 0; policy accept;
    oifname "lo" accept
    ip daddr 192.168.1.0/24 accept
    ip daddr 224.0.0.0/4 accept
    ip6 daddr fe80::/10 accept
    ip6 daddr ff00::/8 accept
    counter name offsubnet
  }
}
`;

export interface RouterOptions {
  /** Default 25.0.0.100, which counts as public. */
  wan?: string;
  upnp?: boolean;
  natPmp?: boolean;
  /** The router ignores PCP and knows NAT-PMP alone. */
  ignorePcp?: boolean;
  igd1?: boolean;
  ipv6?: boolean;
  /** More lines of its configuration. */
  more?: string[];
}

export class HomeRouter {
  readonly wan: string;
  readonly #network: LabNetwork;
  readonly #options: RouterOptions;
  readonly #folder = temporaryFolder('router');
  #program: Program | null = null;

  constructor(network: LabNetwork, options: RouterOptions = {}) {
    this.#network = network;
    this.#options = options;
    this.wan = options.wan ?? '25.0.0.100';
  }

  /** Lays the cables; `start` switches the router on. */
  build(): void {
    const network = this.#network;
    const outside = this.wan.replace(/\d+$/, '1');
    network.add('inet', 'router', 'pc', 'other', 'lan');
    network.cable('inet', 'eth0', 'router', 'wan0');
    network.ip('inet', `addr add ${outside}/24 dev eth0`);
    network.ip('router', `addr add ${this.wan}/24 dev wan0`);
    network.ip('lan', 'link add br0 type bridge');
    network.ip('lan', 'link set br0 up');
    for (const [namespace, device] of [['router', 'lan0'], ['pc', 'eth0'], ['other', 'eth0']] as const) {
      network.cable(namespace, device, 'lan', `to-${namespace}`);
      network.ip('lan', `link set to-${namespace} master br0`);
      network.ip(namespace, `addr add ${HOME[namespace]}/24 dev ${device}`);
      if (namespace !== 'router') network.ip(namespace, `route add default via ${HOME.router}`);
    }
    network.ip('router', `route add default via ${outside}`);
    network.forward('router');
    if (this.#options.ipv6) {
      network.ip('router', `addr add ${HOME.routerIpv6}/64 dev lan0 nodad`);
      network.ip('router', 'addr add fe80::1/64 dev lan0 nodad');
      network.ip('pc', `addr add ${HOME.pcIpv6}/64 dev eth0 nodad`);
      network.ip('pc', 'route add default via fe80::1 dev eth0');
      network.ip('inet', 'addr add 2a00:9::1/64 dev eth0 nodad');
      network.ip('inet', 'route add 2a00:1:2:3::/64 via 2a00:9::2');
      network.ip('router', 'addr add 2a00:9::2/64 dev wan0 nodad');
      network.ip('router', 'route add default via 2a00:9::1');
    }
    network.nft('router', `table inet filter {
  chain miniupnpd { }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
  chain input { type filter hook input priority 0; policy accept;
    ${this.#options.ignorePcp ? 'udp dport 5351 @th,64,8 2 drop' : ''}
  }
  chain forward { type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan0" accept
    meta l4proto ipv6-icmp accept
    jump miniupnpd
  }
  chain prerouting { type nat hook prerouting priority -100;
    iifname "wan0" jump prerouting_miniupnpd
  }
  chain postrouting { type nat hook postrouting priority 100;
    jump postrouting_miniupnpd
    oifname "wan0" meta nfproto ipv4 masquerade
  }
}
`);
  }

  async start(): Promise<void> {
    const { upnp = true, natPmp = true, igd1 = false, more = [], ipv6 = false } = this.#options;
    const file = path.join(this.#folder, 'miniupnpd.conf');
    const lines = [
      'ext_ifname=wan0', 'listening_ip=lan0', 'http_port=5000', `enable_natpmp=${natPmp ? 'yes' : 'no'}`, `enable_upnp=${upnp ? 'yes' : 'no'}`,
      'secure_mode=yes', 'system_uptime=no', 'notify_interval=60', 'min_lifetime=4', 'max_lifetime=86400',
      'uuid=2b5a87c6-8f57-4d67-937a-a6524942eee5', `force_igd_desc_v1=${igd1 ? 'yes' : 'no'}`, `ipv6_disable=${ipv6 ? 'no' : 'yes'}`,
      'upnp_table_name=filter', 'upnp_nat_table_name=filter', 'upnp_forward_chain=miniupnpd',
      'upnp_nat_chain=prerouting_miniupnpd', 'upnp_nat_postrouting_chain=postrouting_miniupnpd',
      'friendly_name=Lab router', 'manufacturer_name=Lab makers', 'model_name=Lab 1', ...more,
      'allow 1024-65535 192.168.1.0/24 1024-65535', 'deny 0-65535 0.0.0.0/0 0-65535', '',
    ];
    writeFileSync(file, lines.join('\n'));
    this.#program = await this.#network.start('router', 'miniupnpd', MINIUPNPD, ['-d', '-f', file, '-P', path.join(this.#folder, 'pid')], { graceMs: 2_000 });
    if (upnp) await this.#network.untilListening('router', 'tcp', 5000);
    if (natPmp) await this.#network.untilListening('router', 'udp', 5351);
  }

  async stop(): Promise<void> {
    await this.#program?.stop();
  }

  /** As after a power cut: the tables are empty, then the router is up again. */
  async restart(): Promise<void> {
    await this.stop();
    for (const chain of ['miniupnpd', 'prerouting_miniupnpd', 'postrouting_miniupnpd']) {
      this.#network.run('router', '/usr/sbin/nft', ['flush', 'chain', 'inet', 'filter', chain]);
    }
    await this.start();
  }

  /** Its translation rules: `tcp dport 6881 -> 192.168.1.10:6881`. Whatever a protocol says, this is what the kernel does. */
  rules(): string[] {
    const text = this.#network.run('router', '/usr/sbin/nft', ['-n', 'list', 'chain', 'inet', 'filter', 'prerouting_miniupnpd']);
    const names: Record<string, string> = { '0x6': 'tcp', '0x11': 'udp' };
    return [...text.matchAll(/@nh,72,8 (0x6|0x11) th dport (\d+) dnat ip to ([\d.]+:\d+)/g)].map(([, protocol, port, to]) => `${names[protocol!]} ${port} -> ${to}`).sort();
  }

  /** When its rules are these, and stay so for a second: a renewal takes a rule away and puts it back, and a removal may come late. */
  async settlesOn(rules: string[]): Promise<void> {
    let since: number | null = null;
    await until(`the rules are ${rules.join(', ') || 'gone'}`, () => {
      if (JSON.stringify(this.rules()) !== JSON.stringify(rules)) since = null;
      else since ??= performance.now();
      return since !== null && performance.now() - since > 1_000;
    }, { withinMs: 15_000, everyMs: 50, describe: () => this.rules().join('\n') + this.said() });
  }

  /** The openings for IPv6: `tcp 2a00:1:2:3::10 6881`. */
  pinholes(): string[] {
    const text = this.#network.run('router', '/usr/sbin/nft', ['-n', 'list', 'table', 'inet', 'filter']);
    const names: Record<string, string> = { '0x6': 'tcp', '0x11': 'udp' };
    return [...text.matchAll(/th dport (\d+) @nh,192,128 0x([0-9a-f]{32}) @nh,48,8 (0x6|0x11) accept/g)].map(([, port, to, protocol]) => (
      `${names[protocol!]} ${new URL(`http://[${to!.match(/.{4}/g)!.join(':')}]`).hostname.slice(1, -1)} ${port}`
    )).sort();
  }

  said(): string {
    return this.#program?.tail(6_000) ?? '';
  }
}
