// A datagram that makes the DHT libraries throw ends nothing.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { encode } from 'bencode';
import { afterEach, expect, it } from 'vitest';
import { Client } from 'bittorrent-dht';
import { datagramSocketOf, guardDatagrams } from '../../../main/engine/webtorrent-dht-guard.ts';

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const act of cleanUp.splice(0)) act();
});

it('drops a reply whose node id is a number, and works on', async () => {
  const hostile = createSocket('udp4');
  hostile.bind(0, '127.0.0.1');
  await once(hostile, 'listening');
  const dht = new Client({ bootstrap: false });
  cleanUp.push(() => hostile.close(), () => dht.destroy());
  expect(guardDatagrams(datagramSocketOf(dht))).toBeGreaterThan(0);
  dht.listen(0);
  await once(dht, 'listening');
  // Known by an id, so that the library compares the one in the reply with it.
  dht.addNode({ host: '127.0.0.1', port: hostile.address().port, id: Buffer.alloc(20, 1) });
  dht.lookup(Buffer.alloc(20, 2));
  const [query, from] = (await once(hostile, 'message')) as [Buffer, { port: number }];
  const at = query.indexOf('1:t2:') + 5;
  hostile.send(encode({ t: query.subarray(at, at + 2), y: 'r', r: { id: 7 } }), from.port, '127.0.0.1');
  await new Promise((resolve) => setTimeout(resolve, 300)); // an uncaught exception in that time fails the test run
  expect(dht.destroyed).toBe(false);
});
