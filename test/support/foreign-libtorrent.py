# Drives libtorrent for the tests: one torrent from a JSON configuration (argv 1); status lines on stdout; ends with stdin.
import json
import sys
import threading
import time

import libtorrent as lt

config = json.loads(sys.argv[1])

if config.get('create'):
    files = lt.file_storage()
    lt.add_files(files, config['create'])
    maker = lt.create_torrent(files, config['pieceLength'], 64)  # 64: v1 only, no hybrid
    for tier, url in enumerate(config['trackers']):
        maker.add_tracker(url, tier)
    maker.set_creator('flashswarm tests')
    if config.get('private'):
        maker.set_priv(True)
    lt.set_piece_hashes(maker, config['parent'])
    with open(config['out'], 'wb') as out:
        out.write(lt.bencode(maker.generate()))
    print(json.dumps({'infoHash': str(lt.torrent_info(config['out']).info_hashes().v1)}), flush=True)
    sys.exit(0)

use_tcp = config['transport'] in ('tcp', 'both')
use_utp = config['transport'] in ('utp', 'both')
encryption = 0 if config['encrypted'] else 1  # 0 forced, 1 enabled
utp_socket = 0x20000  # peer_info::utp_socket, which Debian's binding does not name
# A seed would dial a leech at the port that it named before, past a relay in between: here leeches alone dial.
may_dial = config['role'] == 'leech'
session = lt.session({
    'listen_interfaces': config['listen'], 'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
    'allow_multiple_connections_per_ip': True, 'ssrf_mitigation': False,
    'enable_outgoing_tcp': use_tcp and may_dial, 'enable_incoming_tcp': use_tcp,
    'enable_outgoing_utp': use_utp and may_dial, 'enable_incoming_utp': use_utp,
    'out_enc_policy': encryption, 'in_enc_policy': encryption, 'allowed_enc_level': 3, 'prefer_rc4': config['encrypted'],
    'upload_rate_limit': config['uploadBytesPerSecond'], 'download_rate_limit': config['downloadBytesPerSecond'],
    'user_agent': 'libtorrent-under-test', 'connection_speed': 200, 'min_reconnect_time': 1, 'max_failcount': 1000,
    'peer_turnover_interval': 3600, 'alert_queue_size': 100000,
    'alert_mask': lt.alert.category_t.upload_notification if config['countBlocks'] else 0,
})
session.apply_settings({'rate_limit_ip_overhead': False})
everybody = lt.ip_filter()  # all in the global class alone, else it spares peers of its own machine the limits
everybody.add_rule('0.0.0.0', '255.255.255.255', 1)
everybody.add_rule('::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 1)
session.set_peer_class_filter(everybody)
# without ut_pex unless a test asks for it: peers come from where the test says, and from nowhere else
if config.get('magnet'):
    params = lt.parse_magnet_uri(config['magnet'])
else:
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(config['torrent'])
params.save_path = config['folder']
params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
params.flags |= lt.torrent_flags.disable_dht | lt.torrent_flags.disable_lsd
if not config.get('exchangePeers'):
    params.flags |= lt.torrent_flags.disable_pex
if config['role'] == 'seed':
    params.flags |= lt.torrent_flags.seed_mode
if config['countBlocks']:  # what is counted as sent is then nearly what has arrived
    session.apply_settings({'send_buffer_watermark': 32768, 'send_buffer_low_watermark': 16384, 'send_socket_buffer_size': 32768})
handle = session.add_torrent(params)


def connect(peer):
    host, port = peer.rsplit(':', 1)
    handle.connect_peer((host.strip('[]'), int(port)))


def read_commands():
    for line in sys.stdin:
        command = json.loads(line)
        if 'connect' in command:
            connect(command['connect'])
        if 'uploadBytesPerSecond' in command:
            session.apply_settings({'upload_rate_limit': command['uploadBytesPerSecond']})
    stopped.set()


stopped = threading.Event()
threading.Thread(target=read_commands, daemon=True).start()
peers_wanted = config['peers']
ever = {}
sent_blocks = []
printed_at = 0.0
while not stopped.wait(0.01):
    status = handle.status()
    peers = []
    for peer in handle.get_peer_info():
        if peer.flags & (lt.peer_info.connecting | lt.peer_info.handshake):
            continue
        entry = {
            'address': '%s:%d' % peer.ip, 'client': peer.client.decode('utf8', 'replace'),
            'transport': 'utp' if peer.flags & utp_socket else 'tcp',
            'encrypted': bool(peer.flags & (lt.peer_info.rc4_encrypted | lt.peer_info.plaintext_encrypted)),
            'sentBytes': peer.total_upload, 'receivedBytes': peer.total_download,
        }
        peers.append(entry)
        ever[entry['address']] = entry
    for alert in session.pop_alerts():
        if isinstance(alert, lt.block_uploaded_alert):
            sent_blocks.append([alert.piece_index, alert.block_index])
    if time.monotonic() - printed_at < 0.1:
        continue  # connections are looked at more often, or a short one would be missed
    printed_at = time.monotonic()
    # dial again until everything is there: the other side may not have listened yet, or was killed by the test
    if not peers and not status.is_seeding:
        for peer in peers_wanted:
            connect(peer)
    print(json.dumps({
        'sentBlocks': sent_blocks, 'port': session.listen_port(), 'complete': status.is_seeding, 'bytesDone': status.total_done,
        'payloadUpload': status.total_payload_upload, 'payloadDownload': status.total_payload_download,
        'failedBytes': status.total_failed_bytes, 'redundantBytes': status.total_redundant_bytes,
        'peers': peers, 'everConnected': list(ever.values()),
    }), flush=True)
    sent_blocks = []
