import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { seeded } from '../faults/seeded.ts';
import { type Corpus, mutated } from './mutate.ts';

export interface FuzzOptions extends Corpus {
  /** Takes one input; may throw what `isTyped` says. `random` is for how it is given, such as in which pieces. */
  readonly take: (input: Buffer, random: () => number) => void;
  readonly isTyped: (error: unknown) => boolean;
  readonly seed?: number;
  /** {@link FUZZ_INPUTS} when absent. */
  readonly inputs?: number;
}

export interface FuzzReport {
  readonly inputs: number;
  /** Refused with a typed error. */
  readonly refused: number;
  /** Inputs that threw something else, in hex, with what it was; at most ten. */
  readonly broken: readonly string[];
  /** Inputs that took 10 ms of CPU time or more every time they were taken, in hex. */
  readonly slow: readonly string[];
  /** Bytes by which memory grew from the first tenth to the end, after collecting garbage. */
  readonly grown: number;
}

const SOAK = process.env['NIGHTJAR_SOAK'] === '1';
/** Inputs for each parser: a tenth in the suite, all of them with NIGHTJAR_SOAK=1, which prints its figures. */
export const FUZZ_INPUTS = SOAK ? 100_000 : 10_000;
/** Milliseconds for one parser. */
export const FUZZ_LIMIT_MS = 300_000;
const SLOW_US = 10_000;
/** A machine that is busy makes anything slow once. */
const TRIES = 5;
const MAX_TOLD = 10;
const DEFAULT_SEED = 20_261_121;

/** Gives a parser many inputs, the same ones each time. */
export function fuzz(options: FuzzOptions): FuzzReport {
  const { take, isTyped, seed = DEFAULT_SEED, inputs = FUZZ_INPUTS } = options;
  const random = seeded(seed);
  const [broken, slow]: [string[], string[]] = [[], []];
  let refused = 0;
  let slowest = 0;
  let before = 0;
  for (let index = 0; index < inputs; index++) {
    if (index === inputs / 10) before = memory();
    const input = mutated(options, random);
    const own = Math.floor(random() * 2 ** 32);
    try {
      const us = cpu(() => take(input, seeded(own)));
      slowest = Math.max(slowest, us);
      if (us >= SLOW_US && isSlow(() => take(input, seeded(own)))) slow.push(input.toString('hex'));
    } catch (error) {
      if (isTyped(error)) refused++;
      else if (broken.length < MAX_TOLD) broken.push(`${input.toString('hex')} ${String(error)}`);
    }
  }
  const grown = memory() - before;
  if (SOAK) {
    const figures = `${refused} refused, ${broken.length} broken, ${slow.length} slow`;
    console.log(
      `${inputs} inputs: ${figures}, slowest once ${slowest / 1000} ms, grown by ${grown >> 10} KiB`,
    );
  }
  return { inputs, refused, broken, slow: slow.slice(0, MAX_TOLD), grown };
}

function cpu(task: () => void): number {
  const began = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(began);
  return user + system;
}

function isSlow(task: () => void): boolean {
  return Array.from({ length: TRIES }, () => cpu(task)).every((us) => us >= SLOW_US);
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use, without garbage. */
export function memory(): number {
  // Buffers are swept beside the collection that found them, and are all gone when the next one begins.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
