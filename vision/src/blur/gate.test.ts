import { FakeClock } from '@nightjar/media/testing';
import { describe, expect, it } from 'vitest';
import { type Box, type Found, NoAnswer } from '../detect/index.ts';
import { Gate } from './gate.ts';

const thing = (x: number): Found => ({
  kind: 0,
  score: 0.9,
  box: { x0: x, y0: 0.4, x1: x + 0.1, y1: 0.6 },
});

class Rig {
  readonly clock = new FakeClock();
  /** Pictures in the order in which they went, and what was covered of them. */
  readonly gone: [number, readonly Box[] | undefined][] = [];
  readonly looks: { picture: number; answer: PromiseWithResolvers<Found[]> }[] = [];
  readonly gate = new Gate<number>({
    clock: this.clock,
    threshold: 0.25,
    hold: 2,
    fps: 30,
    look: (picture) => {
      const answer = Promise.withResolvers<Found[]>();
      this.looks.push({ picture, answer });
      return answer.promise;
    },
    release: (picture, regions) => void this.gone.push([picture, regions]),
  });

  /** Picture `i`, 40 ms after the one before. */
  offer(i: number): void {
    this.gate.offer(i, i * 0.04);
  }

  async answer(...found: Found[]): Promise<number> {
    const { picture, answer } = this.looks.shift()!;
    answer.resolve(found);
    await this.#settle();
    return picture;
  }

  async lose(): Promise<void> {
    this.looks.shift()!.answer.reject(new NoAnswer('gone'));
    await this.#settle();
  }

  get whole(): number[] {
    return this.gone.filter(([, regions]) => regions === undefined).map(([picture]) => picture);
  }

  async #settle(): Promise<void> {
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }
}

const covers = (regions: readonly Box[] | undefined, x: number, y: number): boolean =>
  regions === undefined || regions.some(({ x0, y0, x1, y1 }) => x >= x0 && x <= x1 && y >= y0 && y <= y1);

describe('pictures that wait for what is in them', () => {
  it('go out whole until something is known, then with what was there before and after', async () => {
    const rig = new Rig();
    rig.offer(0);
    expect(rig.gone).toEqual([]);
    expect(await rig.answer(thing(0.1))).toBe(0);
    expect(rig.whole).toEqual([0]);
    for (const i of [1, 2, 3]) rig.offer(i);
    expect(await rig.answer(thing(0.12))).toBe(1);
    expect(rig.looks[0]!.picture).toBe(3);
    expect(rig.gone.map(([picture]) => picture)).toEqual([0, 1]);
    await rig.answer(thing(0.3));
    expect(rig.whole).toEqual([0]);
    // Between two looks it may be anywhere from the one place to the other.
    for (const [, regions] of rig.gone.slice(2)) {
      for (const x of [0.12, 0.2, 0.3, 0.39]) expect(covers(regions, x, 0.5)).toBe(true);
      expect(covers(regions, 0.7, 0.5)).toBe(false);
    }
  });

  it('are covered where something new came from before it was seen', async () => {
    const rig = new Rig();
    rig.offer(0);
    await rig.answer();
    for (const i of [1, 2, 3, 4, 5, 6]) rig.offer(i);
    await rig.answer();
    await rig.answer(thing(0));
    expect(rig.gone.map(([picture]) => picture)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const [, regions] = rig.gone.at(-2)!;
    expect(covers(regions, 0.13, 0.5)).toBe(true);
    expect(covers(regions, 0.6, 0.5)).toBe(false);
  });

  it('stay covered where something was seen last, for as long as that holds', async () => {
    const rig = new Rig();
    for (let i = 0; i < 100; i++) {
      rig.offer(i);
      await rig.answer(...(i < 3 ? [thing(0.5)] : []));
    }
    // Seen at 80 ms last; held for 2 s.
    for (const [picture, regions] of rig.gone)
      expect([picture, covers(regions, 0.55, 0.5)]).toEqual([picture, picture <= 52]);
  });

  it('go out whole when the answer takes too long, in order, and never wait beyond it', async () => {
    const rig = new Rig();
    rig.offer(0);
    await rig.answer();
    for (let i = 1; i <= 10; i++) {
      rig.offer(i);
      rig.clock.advance(40);
    }
    rig.clock.advance(400);
    expect(rig.whole).toEqual([0, 1, 2, 3, 4, 5, 6]);
    rig.clock.advance(1000);
    expect(rig.whole).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(rig.clock.pending).toBe(0);
  });

  it('are no more than a few, whatever the clock says', () => {
    const rig = new Rig();
    for (let i = 0; i < 100; i++) rig.offer(i);
    expect(rig.whole).toHaveLength(84);
  });

  it('go out whole at once when nobody answers, until somebody does', async () => {
    const rig = new Rig();
    rig.offer(0);
    await rig.answer();
    rig.offer(1);
    rig.offer(2);
    await rig.lose();
    expect(rig.whole).toEqual([0, 1, 2]);
    rig.offer(3);
    expect(rig.whole).toEqual([0, 1, 2, 3]);
    await rig.answer(thing(0.1));
    // Nothing is known of what was before.
    rig.offer(4);
    expect(rig.whole).toEqual([0, 1, 2, 3]);
    await rig.answer(thing(0.1));
    expect(rig.gone.at(-1)![1]).toHaveLength(1);
  });

  it('are not decided on by an answer of another time', async () => {
    const rig = new Rig();
    rig.offer(100);
    await rig.answer();
    rig.offer(101);
    rig.offer(0);
    expect(rig.whole).toEqual([100, 101]);
    await rig.answer();
    expect(rig.gone).toHaveLength(2);
    await rig.answer();
    expect(rig.whole).toEqual([100, 101, 0]);
  });

  it('go out whole when nothing was looked at for too long', async () => {
    const rig = new Rig();
    rig.offer(0);
    await rig.answer();
    rig.offer(60);
    await rig.answer();
    expect(rig.whole).toEqual([0, 60]);
  });

  it('go out whole at the end, and nothing is left to happen', () => {
    const rig = new Rig();
    rig.offer(0);
    rig.offer(1);
    rig.gate.close();
    rig.gate.close();
    expect(rig.whole).toEqual([0, 1]);
    expect(rig.clock.pending).toBe(0);
  });
});
