// The built `flashswarm forecast`: words for people, one line for programs, a sentence and exit code 2 for what it does not understand.
import { describe, expect, it } from 'vitest';
import { startFlashswarm } from '../support/processes-flashswarm.ts';
import { leaveNothingBehind } from '../support/processes.ts';

leaveNothingBehind();

async function run(...args: string[]) {
  const program = await startFlashswarm(['forecast', ...args]);
  const { code } = await program.exited;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

const crowd = ['--audience', '200000', '--size', '4GiB', '--up', '10Mbit/s', '--down', '100Mbit/s', '--seeds', '3', '--seed-up', '1Gbit/s', '--origin', '10Gbit/s'];

describe('forecast', () => {
  it('says in plain words what a crowd needs', async () => {
    const { code, stdout, stderr } = await run(...crowd, '--within', '3h');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('200000 people want 4.3 GB at the same moment');
    expect(stdout).toMatch(/^HTTP alone +everybody has it after 7 days; the server sends 859 TB\.$/m);
    expect(stdout).toMatch(/^Together +everybody has it after \d+:\d\d:\d\d/m);
    expect(stdout).toMatch(/^Server fails +At the start: the seeds do it alone/m);
    expect(stdout).toMatch(/^In 3:00:00 /m);
  });

  it('gives programs every figure in one line', async () => {
    const { code, stdout } = await run(...crowd, '--efficiency', '1', '--within', '1h', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'forecast', audience: 200_000, sizeBytes: 4 * 1024 ** 3, upBytesPerSecond: 1.25e6, efficiency: 1, efficiencyFrom: 'given', bottleneck: 'everybody',
      httpSeconds: expect.closeTo(687_194.77, 1), togetherSeconds: expect.closeTo(3413.78, 1), target: { seconds: 3600, isMet: true, isPossible: true },
    });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    // What never ends is null, not a number that JSON does not have.
    const alone = await run('--audience', '10', '--size', '1GB', '--up', '1MB/s', '--down', '1MB/s', '--origin', '1MB/s', '--json');
    expect(JSON.parse(alone.stdout)).toMatchObject({ withoutOriginSeconds: null, efficiencyFrom: { clients: 16 } });
  });

  it.each([
    [['--audience', '10'], '--size is missing'],
    [['--audience', '10', '--size', '4', '--up', '1MB/s', '--down', '1MB/s'], 'the unit is missing'],
    [['--audience', '10', '--size', '4GB', '--up', '10Mb/s', '--down', '1MB/s'], 'could mean two'],
    [['--audience', '10', '--size', '4GB', '--up', '1MB/s', '--down', '1MB/s'], 'Somebody has to have it first'],
    [[...crowd, 'more'], 'one too many'],
    [[...crowd, '--speed', '1'], '--speed'],
  ])('refuses %j', async (args, sentence) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('knows --help, and is in the list of commands', async () => {
    const { code, stdout } = await run('--help');
    expect([code, stdout.split('\n')[0]]).toEqual([0, expect.stringMatching(/^Usage: flashswarm forecast/)]);
    const all = await startFlashswarm(['--help']);
    await all.exited;
    expect(all.stdout).toContain('  forecast  ');
  });
});
