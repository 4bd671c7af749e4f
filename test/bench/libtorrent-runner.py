# One libtorrent session in a process of its own, for the benchmarks: fetches or seeds torrents and prints JSON lines.
# libtorrent-runner.py '{"torrents": [...], "folder": "...", "bind": "ip", "port": n, "peers": ["ip:port"], "seed": true}'
import json
import resource
import sys
import time

import libtorrent as lt

plan = json.loads(sys.argv[1])


def say(**line):
    print(json.dumps(line), flush=True)


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


session = lt.session({
    'listen_interfaces': '%s:%d' % (plan.get('bind', '127.0.0.1'), plan['port']), 'enable_dht': False, 'enable_lsd': False,
    'enable_upnp': False, 'enable_natpmp': False, 'allow_multiple_connections_per_ip': True, 'enable_outgoing_utp': False,
    'enable_incoming_utp': False, 'out_enc_policy': 2, 'in_enc_policy': 2, 'alert_mask': 0, 'active_limit': 500, 'active_seeds': 500,
})
if plan.get('wait'):
    say(type='waiting')
    sys.stdin.readline()
cpu_before = cpu()
started = time.time()
handles = []
for file in plan['torrents']:
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(file)
    params.save_path = plan['folder']
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    if plan.get('seed'):
        params.flags |= lt.torrent_flags.seed_mode
    if not plan.get('trackers'):
        params.trackers = []
    handle = session.add_torrent(params)
    for peer in plan.get('peers', []):
        host, port = peer.rsplit(':', 1)
        handle.connect_peer((host, int(port)))
    handles.append(handle)
say(type='ready', port=plan['port'], atMs=time.time() * 1000)
told = bool(plan.get('seed'))
while True:
    time.sleep(0.01 if not told else 0.2)
    if not told and all(handle.status().is_seeding for handle in handles):
        told = True
        say(type='done', atMs=time.time() * 1000, tookMs=(time.time() - started) * 1000, cpuSeconds=cpu() - cpu_before,
            residentBytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
