// The tray's icon: each state looks different, and more progress is more ink.
import { describe, expect, it } from 'vitest';
import { accent, trayPicture } from '../../../main/desktop/tray-picture.ts';
import type { TrayState } from '../../../main/desktop/tray-picture.ts';

const states: TrayState[] = ['idle', 'downloading', 'seeding', 'paused', 'problem'];
const ink = (pixels: Uint8Array): number => pixels.reduce((sum, value, index) => (index % 4 === 3 ? sum + value : sum), 0);

describe.each([16, 22, 32, 44])('at %i pixels', (side) => {
  it('each state can be told from every other', () => {
    for (const one of states) {
      for (const other of states.filter((state) => state !== one)) {
        const [a, b] = [trayPicture(one, 0.5, side, accent), trayPicture(other, 0.5, side, accent)];
        let different = 0;
        for (let at = 3; at < a.length; at += 4) if (Math.abs(a[at]! - b[at]!) > 127) different++;
        expect([one, other, different / (side * side) > 0.04]).toEqual([one, other, true]);
      }
    }
  });

  it('fills as progress goes', () => {
    const amounts = [0, 0.25, 0.5, 0.75, 1].map((progress) => ink(trayPicture('downloading', progress, side, accent)));
    for (let step = 1; step < amounts.length; step++) expect(amounts[step]).toBeGreaterThan(amounts[step - 1]!);
  });

  it('leaves the corners clear and never has more colour than its opacity allows', () => {
    for (const state of states) {
      const pixels = trayPicture(state, 2, side, { red: 255, green: 255, blue: 255 });
      expect([pixels.length, pixels[3], pixels.at(-1)]).toEqual([side * side * 4, 0, 0]);
      for (let at = 0; at < pixels.length; at += 4) expect(Math.max(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!)).toBeLessThanOrEqual(pixels[at + 3]!);
    }
  });
});
