// What `flashswarm doctor` prints: the meaning, the one thing to do, the server that could not help by its name, then the evidence.
import { describe, expect, it } from 'vitest';
import { doctorText } from '../../../main/cli/doctor-text.ts';
import { networks } from '../../support/fake-connectivity.ts';

const linesOf = (name: string): string[] => doctorText(networks[name]!).split('\n');

describe('the first lines', () => {
  it.each([
    ['open', ['Everybody can reach you: downloads and sharing work as well as they can.', 'There is nothing to do.']],
    ['server-inside', ['It is not known whether others can reach you.', 'The server 127.0.0.1:8469 stands on this computer or in your own network: it cannot tell whether people outside reach you. Name one outside (--probe HOST:PORT).', '']],
    ['server-not-found', ['It is not known whether others can reach you.', 'The server probe.northwind.example:7399 could not be found. Check its name, or try again later.', '']],
    ['server-silent', ['It is not known whether others can reach you.', 'The server probe.northwind.example:7399 did not answer. Check its address and port and whether it is running, or try again later.', '']],
    ['unknown', ['It is not known whether others can reach you.', 'Check again later.', '']],
  ])('of "%s"', (name, wanted) => expect(linesOf(name).slice(0, wanted.length)).toEqual(wanted));
});

it('names a server that did not help even where the verdict rests on something else', () => {
  const report = networks.moderate!;
  const checks = report.checks.map((check) => (check.id === 'probe' ? { ...check, says: 'server-other', facts: { reason: 'no-probe-server', server: 'www.example:80' } } : check));
  expect(doctorText({ ...report, checks })).toContain('There is nothing to do.\nWhat answers at www.example:80 is no probe server (flashswarm probe-server). Check its address and port.\n');
});

it('says in the evidence which server was meant', () => expect(linesOf('server-inside')).toContainEqual(expect.stringMatching(/^probe {9}unknown, not-outside \(127\.0\.0\.1:8469\)/)));

it('prints no control characters of a server', () => {
  const report = networks['server-silent']!;
  const verdict = { ...report.verdict, action: { kind: 'check-again' as const, facts: { server: 'a\u001b[31m', reason: 'server-silent' } } };
  expect(doctorText({ ...report, verdict })).not.toContain('\u001b');
});
