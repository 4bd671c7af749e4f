import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode } from 'bencode';
import { readCompact, readHost, writeCompact } from '../../../main/engine/compact-address.ts';
import { PEX_FIRST_MS, PEX_INTERVAL_MS, PexBook } from '../../../main/engine/pex-book.ts';
import { PEX_MAX_PER_MESSAGE, decodePex, encodePex } from '../../../main/engine/pex-messages.ts';

const address4 = fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65535 })).map(([host, port]) => `${host}:${port}`);
const address6 = fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.integer({ min: 1, max: 65535 }))
  .map(([bytes, port]) => readCompact(Uint8Array.from([...bytes, port >> 8, port & 255]))!);
const peers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => ({ address: `9.9.${(from + i) >> 8}.${(from + i) & 255}:6881`, flags: 0 }));

describe('addresses in bytes', () => {
  it('come back as they went', () => {
    fc.assert(fc.property(fc.oneof(address4, address6), (address) => {
      expect(readCompact(writeCompact(address)!)).toBe(address);
    }));
  });

  it('are none without a port or a literal host', () => {
    expect(readCompact(Uint8Array.from([1, 2, 3, 4, 0, 0]))).toBeNull();
    expect(['name.org:1', '1.2.3.4:0', '1.2.3.4:70000', '[fe80::1%eth0]:5'].map(writeCompact)).toEqual([null, null, null, null]);
    expect([readHost(Uint8Array.from([1, 2, 3, 4])), readHost(Uint8Array.from([...Array<number>(15).fill(0), 1])), readHost(new Uint8Array(5))]).toEqual(['1.2.3.4', '::1', null]);
  });
});

describe('messages about peers', () => {
  it('carry both families, and never more than 50 each way', () => {
    fc.assert(fc.property(fc.array(fc.oneof(address4, address6), { maxLength: 120 }), fc.array(address4, { maxLength: 120 }), (added, dropped) => {
      const message = decodePex(encodePex(added.map((address) => ({ address, flags: 0x12 })), dropped))!;
      expect(message.added.toSorted()).toEqual(added.slice(0, PEX_MAX_PER_MESSAGE).toSorted());
      expect(message.dropped).toEqual(dropped.slice(0, PEX_MAX_PER_MESSAGE));
    }));
  });

  it('are cut to 50 when somebody sends more', () => {
    const many = Buffer.concat(peers(300).map(({ address }) => writeCompact(address)!));
    const message = decodePex(encode({ added: many, added6: Buffer.alloc(18 * 60, 1), dropped: many }))!;
    expect([message.added.length, message.dropped.length]).toEqual([50, 50]);
  });

  it('never make it stumble, whatever they are', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      decodePex(bytes);
    }));
    expect([decodePex(Buffer.from('le')), decodePex(Buffer.from('i5e')), decodePex(Buffer.alloc(9000, 'd')), decodePex(Buffer.from('d5:addedi5ee'))?.added]).toEqual([null, null, null, []]);
  });
});

describe('the pace of telling and hearing', () => {
  function book() {
    let ms = 0;
    const kept = new PexBook(() => ms, 0);
    return { kept, pass: (time: number) => (ms += time) };
  }

  it('tells soon after meeting, then once a minute what is new, 50 at a time', () => {
    const { kept, pass } = book();
    expect(kept.isDue).toBe(false);
    pass(PEX_FIRST_MS);
    expect(kept.isDue).toBe(true);
    expect(kept.tell(peers(70))!.added).toHaveLength(50);
    expect(kept.isDue).toBe(false);
    pass(PEX_INTERVAL_MS);
    expect(kept.tell(peers(70))).toEqual({ added: peers(20, 50), dropped: [] });
    pass(PEX_INTERVAL_MS);
    expect(kept.tell(peers(70))).toBeNull();
    expect(kept.isDue).toBe(false);
    pass(10_000); // nothing was said: news need not wait for a whole minute
    expect(kept.isDue).toBe(true);
    expect(kept.tell(peers(69))).toEqual({ added: [], dropped: [peers(70)[69]!.address] });
  });

  it('hears one message a minute and calls it a flood when they do not end', () => {
    const { kept, pass } = book();
    const message = encodePex(peers(3), []);
    expect(kept.hear(message)).toMatchObject({ added: { length: 3 } });
    pass(10_000);
    expect(kept.hear(message)).toBe('ignored');
    pass(50_000);
    expect(kept.hear(message)).toMatchObject({ added: { length: 3 } });
    const heard = Array.from({ length: 30 }, () => kept.hear(message));
    expect(heard.indexOf('flood')).toBe(20);
    expect(heard.filter((one) => typeof one !== 'string')).toEqual([]);
  });

  it('keeps for later what comes too early to be used, but not without bound', () => {
    const { kept } = book();
    kept.keep({ added: peers(50).map(({ address }) => address), dropped: [] });
    kept.keep({ added: [], dropped: peers(49).map(({ address }) => address) });
    expect(kept.takeKept()).toEqual([peers(50)[49]!.address]);
    expect(kept.takeKept()).toEqual([]);
    for (let i = 0; i < 100; i++) kept.keep({ added: peers(50, 50 * i).map(({ address }) => address), dropped: [] });
    expect(kept.takeKept()).toHaveLength(200);
  });
});
