import { describe, expect, it } from 'vitest';
import { seeded } from '../../testing/index.ts';
import { Thinner } from './thinning.ts';

const RATE = 4e6;
const PACKETS = 450;

function thinner(disposable = true): Thinner {
  const made = new Thinner();
  made.disposable = disposable;
  return made;
}

/** What is sent after each of the reports. */
const after = (made: Thinner, losses: readonly number[], estimate?: number): string[] =>
  losses.map((lost) => {
    made.report(lost, PACKETS, RATE, estimate);
    return made.thinning;
  });
const times = (count: number, lost: number): number[] => Array.from({ length: count }, () => lost);

describe('what a path is sent', () => {
  it('is less by steps while it loses too much, and more again by steps', () => {
    const made = thinner();
    expect(after(made, times(6, 0.2))).toEqual(['all', 'references', 'references', 'keys', 'keys', 'keys']);
    expect(after(made, times(10, 0))).toEqual([
      ...times(4, 0).map(() => 'keys'),
      ...times(5, 0).map(() => 'references'),
      'all',
    ]);
  });

  it('is key frames at once where every picture needs the one before', () => {
    const made = thinner(false);
    expect(after(made, times(2, 0.2))).toEqual(['all', 'keys']);
    expect(after(made, times(5, 0)).at(-1)).toBe('all');
  });

  it.each([
    ['5 % of loss, which repair copes with', times(50, 0.05), undefined],
    ['one bad report now and then', Array.from({ length: 50 }, (_, i) => (i % 3 === 0 ? 0.5 : 0)), undefined],
    ['a low estimate without loss', times(50, 0), 1e6],
    ['an estimate that is high enough', times(50, 0.05), 5e6],
  ])('stays all with %s', (_what, losses, estimate) => {
    expect(new Set(after(thinner(), losses, estimate))).toEqual(new Set(['all']));
  });

  it('stays all where 5 % are lost by chance, of few packets a report as well as of many', () => {
    for (const packets of [5, 25, 60, 450]) {
      const made = thinner(false);
      const random = seeded(packets);
      for (let i = 0; i < 600; i++) {
        const lost = Array.from({ length: packets }, random).filter((one) => one < 0.05).length;
        made.report(lost / packets, packets, RATE, undefined);
        expect(made.thinning).toBe('all');
      }
    }
  });

  it('is less where much is lost of few packets, once they are enough to tell', () => {
    const made = thinner(false);
    let reports = 0;
    while (made.thinning === 'all') {
      made.report(reports++ % 3 === 0 ? 0 : 0.4, 25, RATE, undefined);
      expect(reports).toBeLessThan(10);
    }
    expect(reports).toBe(8);
  });

  it('is less with little loss where the receiver estimates less than is sent', () => {
    expect(after(thinner(), times(2, 0.05), 3e6)).toEqual(['all', 'references']);
  });

  it('is tried ever more seldom while the path stays narrow', () => {
    const made = thinner(false);
    const tries: number[] = [];
    let before = 'all';
    let since = 0;
    for (let i = 0; i < 600; i++) {
      // All of it is too much for this path; key frames alone are not.
      made.report(made.thinning === 'all' ? 0.4 : 0, PACKETS, RATE, undefined);
      since++;
      if (made.thinning === 'all' && before === 'keys') {
        tries.push(since);
        since = 0;
      }
      before = made.thinning;
    }
    expect(tries.slice(0, 5)).toEqual([7, 12, 22, 42, 82]);
    expect(Math.max(...tries)).toBe(82);
  });
});
