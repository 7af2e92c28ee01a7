import { fileURLToPath } from 'node:url';
import { eventually, Program } from '@nightjar/e2e/harness';

/** How a crowd watches: one connection each that is read to its end, low-latency HLS, or WebRTC over TCP. */
type CrowdKind = 'wire' | 'hls' | 'peers';

/** What a crowd is to do. */
export interface CrowdOrder {
  /** `wire` when absent. */
  readonly kind?: CrowdKind;
  readonly count: number;
  /** So many of them, the first, stop reading once media has begun. */
  readonly stalled: number;
  readonly target: { readonly host: string; readonly port: number } | { readonly socketPath: string };
  /** What each says, one after the other, each after an answer. */
  readonly say: readonly string[];
}

export interface Counted {
  readonly bytes: number;
  readonly first: number;
  readonly alive: number;
  readonly closed: number;
  /** How often so many whole milliseconds lay between two reads of one viewer. */
  readonly gaps: Readonly<Record<number, number>>;
}

/** How often so many whole milliseconds lay between two reads of one viewer. */
export type Gaps = ReadonlyMap<number, number>;

/** The gaps of the time between two counts. */
export function gapsBetween(before: Counted, after: Counted): Gaps {
  const gaps = Object.entries(after.gaps).map(
    ([ms, count]) => [Number(ms), count - (before.gaps[Number(ms)] ?? 0)] as const,
  );
  return new Map(gaps);
}

/** The gap in milliseconds that 99 of 100 reads kept to, of several times together. */
export function p99Of(times: readonly Gaps[]): number {
  const gaps = times.flatMap((one) => [...one]).sort(([a], [b]) => a - b);
  const all = gaps.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [ms, count] of gaps) {
    seen += count;
    if (seen >= all * 0.99) return ms;
  }
  return 0;
}

const program = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const MAINS: Readonly<Record<CrowdKind, string>> = {
  wire: program('crowd-main.ts'),
  hls: program('hls-main.ts'),
  peers: program('peers-main.ts'),
};
const JOIN_MS = 60_000;

/** Viewers in a process of their own, whose cost is nobody's. */
export class Crowd implements AsyncDisposable {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  /** Resolves when media has reached all of them. */
  static async gather(order: CrowdOrder): Promise<Crowd> {
    const program = await Program.start({
      name: 'crowd',
      command: process.execPath,
      args: [MAINS[order.kind ?? 'wire'], JSON.stringify(order)],
    });
    const crowd = new Crowd(program);
    try {
      const all = async () => (await crowd.counted()).first >= order.count;
      await eventually(`${order.count} viewers to be sent media`, all, { timeoutMs: JOIN_MS });
      return crowd;
    } catch (error) {
      const output = program.output;
      await program[Symbol.asyncDispose]();
      throw new Error(`${String(error)}\n${output.slice(-500)}`, { cause: error });
    }
  }

  /** Bytes received and connections, as they were told last. */
  async counted(): Promise<Counted> {
    if (this.#program.exit) throw new Error(`the crowd ended:\n${this.#program.output}`);
    const line = this.#program.output
      .split('\n')
      .findLast((text) => text.startsWith('{') && text.endsWith('}'));
    return line === undefined
      ? { bytes: 0, first: 0, alive: 0, closed: 0, gaps: {} }
      : (JSON.parse(line) as Counted);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}
