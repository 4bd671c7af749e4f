# Many libtorrent leechers in one process, all connected to the client under test alone; prints who has how much. Configuration in argv 1; ends with stdin.
import json
import sys
import threading

import libtorrent as lt

config = json.loads(sys.argv[1])


def start(peer):
    session = lt.session({
        'listen_interfaces': '127.0.0.1:0', 'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
        'allow_multiple_connections_per_ip': True, 'ssrf_mitigation': False, 'enable_outgoing_utp': False, 'enable_incoming_utp': False,
        'upload_rate_limit': peer['uploadBytesPerSecond'], 'alert_mask': 0, 'user_agent': 'libtorrent-under-test', 'peer_fingerprint': '-LT%04d-' % peer['number'],
    })
    session.apply_settings({'rate_limit_ip_overhead': False, 'allowed_fast_set_size': 0})
    if not peer['gives']:  # a limit of its upload would hold back its requests too
        session.apply_settings({'unchoke_slots_limit': 0, 'num_optimistic_unchoke_slots': 0})
    everybody = lt.ip_filter()  # all in the global class alone, else it spares peers of its own machine the limits
    everybody.add_rule('0.0.0.0', '255.255.255.255', 1)
    session.set_peer_class_filter(everybody)
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(config['torrent'])
    params.save_path = peer['folder']
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    params.flags |= lt.torrent_flags.disable_dht | lt.torrent_flags.disable_lsd | lt.torrent_flags.disable_pex
    handle = session.add_torrent(params)
    # What it can give from the start: the files hold these pieces, and it looks for itself.
    handle.force_recheck()
    return session, handle


peers = [(peer, *start(peer)) for peer in config['peers']]
stopped = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stopped.set()), daemon=True).start()
host, port = config['connect'].rsplit(':', 1)
while not stopped.wait(0.1):
    lines = []
    for peer, session, handle in peers:
        status = handle.status()
        checking = str(status.state).startswith('checking')
        if not checking and status.num_peers == 0:
            handle.connect_peer((host, int(port)))
        lines.append({'number': peer['number'], 'checking': checking, 'complete': status.is_seeding, 'bytesDone': status.total_done,
                      'received': status.total_payload_download, 'sent': status.total_payload_upload})
    print(json.dumps(lines), flush=True)
