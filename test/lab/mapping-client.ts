// A computer of the lab on which the port mapper runs.
import { fileURLToPath } from 'node:url';
import type { MappingsState, MapperTiming, PortMapping, WantedPort } from '../../main/net/port-mapping/port-mapper.ts';
import { until } from '../support/processes.ts';
import type { Program } from '../support/processes.ts';
import type { LabNetwork } from './lab-network.ts';

const script = fileURLToPath(new URL('port-mapper-child.ts', import.meta.url));
export const BOTH: WantedPort[] = [
  { internalPort: 6881, protocol: 'tcp', description: 'Flashswarm' },
  { internalPort: 6881, protocol: 'udp', description: 'Flashswarm' },
];

export class MappingComputer {
  readonly program: Program;
  state: MappingsState | null = null;
  readonly states: MappingsState[] = [];
  closedAfterMs: number | null = null;

  constructor(program: Program) {
    this.program = program;
    program.onLine((line) => {
      const said = JSON.parse(line) as MappingsState | { closedAfterMs: number };
      if ('closedAfterMs' in said) this.closedAfterMs = said.closedAfterMs;
      else this.states.push(this.state = said);
    });
  }

  static async start(network: LabNetwork, want: WantedPort[] = BOTH, timing: Partial<MapperTiming> = {}, secret?: string): Promise<MappingComputer> {
    const program = await network.start('pc', 'port mapper', process.execPath, [script, JSON.stringify({ want, timing, secret })], { stdin: true });
    return new MappingComputer(program);
  }

  /** Resolves with the first state from now on (this one included) for which `test` holds. */
  until(what: string, test: (state: MappingsState) => unknown, withinMs = 60_000): Promise<MappingsState> {
    return until(what, () => {
      if (this.program.ended) throw new Error(`the port mapper ended\n${this.program.tail()}`);
      return this.state && test(this.state) ? this.state : null;
    }, { withinMs, everyMs: 20, describe: () => this.program.tail(6_000) });
  }

  /** All wanted IPv4 mappings are confirmed. */
  async open(): Promise<PortMapping[]> {
    const { mappings } = await this.until('every port is open', ({ mappings: all }) => all.length > 0 && all.every(({ confirmed }) => confirmed));
    return mappings;
  }

  command(command: object): void {
    this.program.write(JSON.stringify(command));
  }

  async close(): Promise<number> {
    this.command({ close: true });
    await this.program.exited;
    return this.closedAfterMs!;
  }
}
