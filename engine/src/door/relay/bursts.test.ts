import { expect, test } from 'vitest';
import { Bursts } from './bursts.ts';

const KIB = 1024;

/** A line that notes what it is given, and turns of the loop that are taken one by one. */
function world() {
  const steps: (() => void)[] = [];
  const sent: [viewers: readonly number[], parts: string][] = [];
  const line = {
    isFull: false,
    send: (viewers: readonly number[], bytes: readonly Buffer[]) =>
      sent.push([viewers, bytes.map((part) => part.toString('latin1', 0, 1)).join('')]),
  };
  const bursts = new Bursts(line, (step) => steps.push(step));
  /** Takes turns until there is none, or `most`. */
  const turn = (most = 100): void => {
    for (let i = 0; i < most; i++) steps.shift()?.();
  };
  const add = (viewer: number, ...parts: Buffer[]): void => {
    for (const part of parts) bursts.add(viewer, part);
  };
  return { bursts, line, sent, turn, add };
}

const part = (name: string, kib: number): Buffer => Buffer.alloc(kib * KIB, name);

test('a burst leaves in slices of 64 KiB, one a turn, and a longer part whole', () => {
  const { sent, turn, add } = world();
  add(1, part('a', 200), part('b', 30), part('c', 30), part('d', 30));
  expect(sent).toEqual([]);
  turn(1);
  expect(sent).toEqual([[[1], 'a']]);
  turn();
  expect(sent.slice(1)).toEqual([
    [[1], 'bc'],
    [[1], 'd'],
  ]);
});

test('who waits for the same gets it together, at most half a MiB in a turn; the first is served first', () => {
  const { sent, turn, add } = world();
  const [a, b, c] = [part('a', 60), part('b', 60), part('c', 60)];
  add(1, a, b);
  turn(1);
  for (let viewer = 2; viewer <= 11; viewer++) add(viewer, a, b, c);
  turn();
  expect(sent).toEqual([
    [[1], 'a'],
    [[1], 'b'],
    [[2, 3, 4, 5, 6, 7, 8, 9], 'a'],
    [[2, 3, 4, 5, 6, 7, 8, 9], 'b'],
    [[2, 3, 4, 5, 6, 7, 8, 9], 'c'],
    [[10, 11], 'a'],
    [[10, 11], 'b'],
    [[10, 11], 'c'],
  ]);
});

test('a full line is waited for, and who left gets nothing more', () => {
  const { bursts, line, sent, turn, add } = world();
  add(1, part('a', 60), part('b', 60));
  add(2, part('x', 60));
  turn(1);
  line.isFull = true;
  turn();
  expect(sent).toEqual([[[1], 'a']]);
  bursts.drop(1);
  line.isFull = false;
  bursts.go();
  turn();
  expect(sent.slice(1)).toEqual([[[2], 'x']]);
});

test('what is written meanwhile waits behind, and whoever waits for the end is told', () => {
  const { bursts, sent, turn, add } = world();
  const told: number[] = [];
  add(1, part('a', 60));
  expect(bursts.has(1)).toBe(true);
  add(1, part('z', 1));
  bursts.onceSent(1, () => told.push(sent.length));
  turn();
  expect(sent).toEqual([[[1], 'az']]);
  expect(told).toEqual([1]);
  expect(bursts.has(1)).toBe(false);
});
