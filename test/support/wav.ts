// Sound that every player knows, for tests: RIFF/WAVE, PCM, one channel, 16 bits.

/** A rising tone; each second differs from every other. */
export function makeWav(seconds: number, samplesPerSecond = 8_000): Buffer {
  const samples = seconds * samplesPerSecond;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(samplesPerSecond, 24);
  wav.writeUInt32LE(samplesPerSecond * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(samples * 2, 40);
  for (let at = 0; at < samples; at += 1) {
    const second = at / samplesPerSecond;
    wav.writeInt16LE(Math.round(8_000 * Math.sin(2 * Math.PI * (200 * second + 10 * second * second))), 44 + at * 2);
  }
  return wav;
}
