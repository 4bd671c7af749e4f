import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MessageId, KEEP_ALIVE, encodeBitfield, encodeExtended, encodeNumbers, encodePieceHeader } from '../../../main/engine/wire-messages.ts';
import { WireReader } from '../../../main/engine/wire-reader.ts';

function collect(): { seen: unknown[]; reader: WireReader; target: Uint8Array } {
  const seen: unknown[] = [];
  const target = new Uint8Array(65536);
  const reader = new WireReader({
    onMessage: (id, payload) => seen.push([id, Buffer.from(payload).toString('hex')]),
    onKeepAlive: () => seen.push('keep-alive'),
    onBlockStart: (piece, offset, length) => {
      seen.push(['start', piece, offset, length]);
      return piece === 7 ? null : target.subarray(0, length);
    },
    onBlockBytes: () => {},
    onBlockEnd: (piece, _offset, length, wanted) => seen.push(['end', piece, wanted, Buffer.from(target.subarray(0, length)).toString('hex')]),
    onViolation: (reason) => seen.push(['violation', reason]),
  });
  return { seen, reader, target };
}

const block = Buffer.from(Array.from({ length: 100 }, (_, i) => i));
const stream = Buffer.concat([
  encodeNumbers(MessageId.unchoke), KEEP_ALIVE, encodeNumbers(MessageId.have, 5), encodePieceHeader(3, 16384, block.length), block,
  encodeBitfield(Uint8Array.from([1, 2, 3])), encodePieceHeader(7, 0, block.length), block, encodeExtended(0, Buffer.from('d1:ai1ee')),
  encodeNumbers(MessageId.request, 1, 2, 3), KEEP_ALIVE, encodeNumbers(MessageId.haveAll),
]);

it('reads the same messages however the bytes are cut', () => {
  const whole = collect();
  whole.reader.feed(stream);
  expect(whole.seen).toHaveLength(12);
  expect(whole.seen[4]).toEqual(['end', 3, true, block.toString('hex')]);
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (cuts) => {
    const cut = collect();
    let at = 0;
    for (let i = 0; at < stream.length; i++) {
      const next = at + cuts[i % cuts.length]!;
      // The reader may keep nothing of a chunk: its buffer is used again.
      const chunk = Buffer.from(stream.subarray(at, next));
      cut.reader.feed(chunk);
      chunk.fill(0xee);
      at = next;
    }
    const ends = (seen: unknown[]) => seen.filter((entry) => !(Array.isArray(entry) && entry[0] === 'end' && entry[1] === 7));
    expect(ends(cut.seen)).toEqual(ends(whole.seen));
  }), { numRuns: 50 });
});

it.each([
  ['an absurd length', [0xff, 0xff, 0xff, 0xff, 20]],
  ['a have that is too long', [0, 0, 0, 9, 4]],
  ['a block larger than anybody asks for', [0, 3, 0, 9, 7]],
  ['a piece without its header', [0, 0, 0, 5, 7]],
])('refuses %s and reads no further', (_name, bytes) => {
  const { seen, reader } = collect();
  reader.feed(Uint8Array.from([...bytes, ...stream]));
  expect(seen).toHaveLength(1);
  expect(seen[0]).toContain('violation');
  reader.feed(stream);
  expect(seen).toHaveLength(1);
});

it('never throws, whatever comes', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 })), (chunks) => {
    const { reader } = collect();
    for (const chunk of chunks) reader.feed(chunk);
  }));
});
