// Draws an SVG of filled paths as PNG pictures of any size: the icons of packages come from the one drawing, and no drawing program is needed.
import { deflateSync } from 'node:zlib';

const samples = 4;

/** The outlines of a path's `d`, as lists of corners. Knows what our icon is made of: M, A, a and z; throws on anything else. */
export function outlinesOf(d) {
  const outlines = [];
  let corners = [];
  const tokens = d.match(/[A-Za-z]|-?(?:\d+\.?\d*|\.\d+)/g);
  const numbers = (count) => tokens.splice(0, count).map(Number);
  let command = '';
  while (tokens.length > 0) {
    if (/[A-Za-z]/.test(tokens[0])) command = tokens.shift();
    if (command === 'M') corners = [numbers(2)];
    else if (command === 'A' || command === 'a') {
      const [rx, ry, turn, large, sweep, x, y] = numbers(7);
      const from = corners.at(-1);
      if (rx !== ry || turn !== 0) throw new Error('The icon holds an arc that is no part of a circle, which cannot be drawn here.');
      corners.push(...arc(from, command === 'a' ? [from[0] + x, from[1] + y] : [x, y], rx, large === 1, sweep === 1));
    } else if (command === 'z') {
      outlines.push(corners);
      corners = [];
      command = '';
    } else throw new Error(`The icon holds the path command "${command || tokens[0]}", which cannot be drawn here.`);
  }
  return outlines;
}

/** Corners along an arc without its beginning (SVG 1.1, F.6.5, for circles). */
function arc([x1, y1], [x2, y2], wantedRadius, large, sweep) {
  const half = Math.hypot(x2 - x1, y2 - y1) / 2;
  const radius = Math.max(wantedRadius, half);
  const away = Math.sqrt(Math.max(0, radius * radius - half * half)) * (large === sweep ? -1 : 1);
  const centreX = (x1 + x2) / 2 - (away * (y2 - y1)) / (2 * half);
  const centreY = (y1 + y2) / 2 + (away * (x2 - x1)) / (2 * half);
  const begin = Math.atan2(y1 - centreY, x1 - centreX);
  let angle = Math.atan2(y2 - centreY, x2 - centreX) - begin;
  if (sweep && angle <= 0) angle += 2 * Math.PI;
  if (!sweep && angle >= 0) angle -= 2 * Math.PI;
  const steps = 48;
  return Array.from({ length: steps }, (_, step) => {
    const at = begin + (angle * (step + 1)) / steps;
    return [centreX + radius * Math.cos(at), centreY + radius * Math.sin(at)];
  });
}

/** How much of each pixel the outlines cover, 0..samples². */
function coverage(outlines, side, unitsPerSide) {
  const across = side * samples;
  const scale = across / unitsPerSide;
  const hit = new Uint8Array(across * across);
  for (const corners of outlines) {
    for (let row = 0; row < across; row++) {
      const y = (row + 0.5) / scale;
      const crossings = [];
      for (let index = 0; index < corners.length; index++) {
        const [ax, ay] = corners[index];
        const [bx, by] = corners[(index + 1) % corners.length];
        if (ay <= y !== by <= y) crossings.push((ax + ((y - ay) / (by - ay)) * (bx - ax)) * scale - 0.5);
      }
      crossings.sort((a, b) => a - b);
      for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
        const end = Math.min(across - 1, Math.floor(crossings[pair + 1]));
        for (let x = Math.max(0, Math.ceil(crossings[pair])); x <= end; x++) hit[row * across + x] = 1;
      }
    }
  }
  const covered = new Uint8Array(side * side);
  for (let at = 0; at < hit.length; at++) {
    if (hit[at]) covered[Math.floor(Math.floor(at / across) / samples) * side + Math.floor((at % across) / samples)]++;
  }
  return covered;
}

const crcTable = Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function chunk(type, data) {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  let crc = 0xffffffff;
  for (const byte of out.subarray(4, 8 + data.length)) crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8);
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 8 + data.length);
  return out;
}

/**
 * @param svg the text of a drawing with a square viewBox from 0 0 and one filled path
 * @param side in pixels
 * @returns the bytes of a PNG (8 bits, RGBA)
 */
export function drawPng(svg, side) {
  const unitsPerSide = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const paths = [...svg.matchAll(/<path fill="#([0-9a-f]{6})" d="([^"]+)"/g)];
  if (!unitsPerSide || paths.length !== 1) throw new Error('The icon is not a square drawing of one filled path.');
  const [, colour, d] = paths[0];
  const covered = coverage(outlinesOf(d), side, unitsPerSide);
  const rows = Buffer.alloc(side * (side * 4 + 1)); // each row begins with its filter: none
  const rgb = Buffer.from(colour, 'hex');
  for (let at = 0; at < covered.length; at++) {
    const place = Math.floor(at / side) * (side * 4 + 1) + 1 + (at % side) * 4;
    rgb.copy(rows, place);
    rows[place + 3] = Math.round((covered[at] * 255) / (samples * samples));
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}
