// What session descriptions tell strangers of us, and what is believed of theirs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../../main/metainfo/address-rules.ts';
import { parseIceServer } from '../../../main/engine/ice-servers.ts';
import { candidateTypes, descriptionToSend, readDescription } from '../../../main/engine/webrtc-description.ts';

const lines = [
  'v=0', 'o=rtc 890115037 0 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0', 'a=msid-semantic:WMS *', 'a=ice-options:ice2,trickle',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'C1').join(':')}`, 'm=application 60054 UDP/DTLS/SCTP webrtc-datachannel', 'c=IN IP4 192.168.1.10',
  'a=mid:0', 'a=sendrecv', 'a=sctp-port:5000', 'a=max-message-size:262144', 'a=setup:actpass', 'a=ice-ufrag:tdzB', 'a=ice-pwd:P1xj+NTRJqGhUhlI+54LLZ',
];
const host = 'a=candidate:1 1 UDP 2114977791 192.168.1.10 60054 typ host';
const publicHost = 'a=candidate:2 1 UDP 2114977790 2a00:1:2:3::10 60054 typ host';
const reflexive = 'a=candidate:3 1 UDP 1678769919 25.0.0.100 40000 typ srflx raddr 192.168.1.10 rport 60054';
const relay = 'a=candidate:4 1 UDP 8331263 25.0.0.2 50010 typ relay raddr 25.0.0.100 rport 40000';
const sdp = (...candidates: string[]): string => [...lines, ...candidates, 'a=end-of-candidates', ''].join('\r\n');

describe('what we tell', () => {
  it('never holds an address of the home network, nor the one behind a relay', () => {
    const told = descriptionToSend(sdp(host, publicHost, reflexive, relay), isPublicAddress);
    expect(told).not.toContain('192.168.1.10');
    expect(told).not.toMatch(/raddr 25\./);
    expect(candidateTypes(told)).toEqual(new Set(['host', 'srflx', 'relay']));
    expect(told).toContain('a=ice-pwd:P1xj+NTRJqGhUhlI+54LLZ');
  });

  it('is read by the other side as it was meant', () => {
    const read = readDescription({ type: 'offer', sdp: descriptionToSend(sdp(host, reflexive, relay), isPublicAddress) }, 'offer', isPublicAddress);
    expect(read?.relays).toEqual(new Set(['25.0.0.2']));
    expect(candidateTypes(read!.sdp)).toEqual(new Set(['srflx', 'relay']));
  });
});

describe('what strangers tell', () => {
  const read = (text: string, type: 'offer' | 'answer' = 'offer') => readDescription({ type, sdp: text }, 'offer', isPublicAddress);

  it('cannot make us knock inside our own network or look names up', () => {
    const inside = ['127.0.0.1', '192.168.1.1', '169.254.169.254', 'router.local', 'evil.example', '::1', 'fe80::1'].map((address, index) => (
      `a=candidate:${index} 1 UDP 2114977791 ${address} 80 typ host`
    ));
    expect(read(sdp(...inside))).toBeNull();
    expect(candidateTypes(read(sdp(...inside, reflexive))!.sdp).size).toBe(1);
    expect(read(sdp(...inside, reflexive))!.sdp).not.toMatch(/router|evil|169\.254/);
  });

  it('counts no further than twenty ways', () => {
    const many = Array.from({ length: 150 }, (_, index) => `a=candidate:${index} 1 UDP ${index + 1} 25.0.1.${index} 1000 typ host`);
    expect(read(sdp(...many))!.sdp.match(/a=candidate/g)).toHaveLength(20);
  });

  it.each([
    ['an answer in place of an offer', sdp(reflexive), 'answer'], ['no way at all', sdp(), 'offer'], ['video', sdp(reflexive).replace('m=application', 'm=video'), 'offer'],
    ['two channels', sdp('m=application 9 UDP/DTLS/SCTP webrtc-datachannel', reflexive), 'offer'], ['a fingerprint that is none', sdp(reflexive).replace('sha-256', 'md5'), 'offer'],
    ['too much', sdp(reflexive) + 'a=x\r\n'.repeat(10_000), 'offer'], ['control characters', sdp(reflexive).replace('s=-', 's=\0'), 'offer'],
  ] as const)('is refused: %s', (_name, text, type) => {
    expect(read(text, type)).toBeNull();
  });

  it('never throws, whatever comes', () => {
    fc.assert(fc.property(fc.anything(), (value) => void readDescription(value, 'offer', isPublicAddress)));
    fc.assert(fc.property(fc.array(fc.oneof(fc.constantFrom(...lines, host, relay), fc.string())), (list) => void readDescription({ type: 'offer', sdp: list.join('\n') }, 'offer', () => true)));
  });
});

describe('addresses of servers', () => {
  const parse = (url: string) => parseIceServer({ url, username: null, credential: null });
  it('are read as their RFCs write them', () => {
    expect(parse('turn:turn.example.com')).toMatchObject({ kind: 'turn', host: 'turn.example.com', port: 3478, transport: 'udp' });
    expect(parse('turns:turn.example.com?transport=tcp')).toMatchObject({ kind: 'turn', port: 5349, transport: 'tls' });
    expect(parse('turn:[2a00::1]:99?transport=tcp')).toMatchObject({ host: '2a00::1', port: 99, transport: 'tcp' });
    expect(parse('stun:25.0.0.2:3479')).toMatchObject({ kind: 'stun', host: '25.0.0.2', port: 3479 });
  });

  it.each(['http://x', 'turn:', 'turn:a b', 'turn:h:0', 'turn:h:70000', 'turn:[25.0.0.1]', 'turn:user@h', 'turn:h?transport=sctp'])('are refused when they are none: %s', (url) => {
    expect(parse(url)).toBeNull();
  });
});
