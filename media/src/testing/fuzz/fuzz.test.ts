import { describe, expect, it } from 'vitest';
import { fuzz } from './index.ts';

const examples = [Buffer.from('hello world')];
const never = () => false;
const inputs = 10_000;

describe('fuzzing', () => {
  it('finds what throws something else, and tells the input', () => {
    const take = (input: Buffer) => {
      if (input[0] === 0xff) throw new TypeError('oops');
      if (input[0] === 0) throw new RangeError('typed');
    };
    const report = fuzz({ examples, inputs, take, isTyped: (error) => error instanceof RangeError });
    expect(report.inputs).toBe(inputs);
    expect(report.refused).toBeGreaterThan(0);
    expect(report.broken[0]).toMatch(/^ff.* TypeError: oops$/);
  });

  it('gives the same inputs for the same seed, and others for another', () => {
    const heard = (seed: number) => {
      const seen: string[] = [];
      fuzz({
        examples,
        inputs,
        seed,
        take: (input) => void (seen.length < 50 && seen.push(input.toString('hex'))),
        isTyped: never,
      });
      return seen;
    };
    expect(heard(1)).toEqual(heard(1));
    expect(heard(1)).not.toEqual(heard(2));
    expect(new Set(heard(1)).size).toBeGreaterThan(40);
  });

  it('finds what is slow every time and not what is slow once', () => {
    let once = true;
    const spin = () => {
      for (const began = performance.now(); performance.now() - began < 30; );
    };
    let count = 0;
    const take = (input: Buffer) => {
      if (once && count++ === 5) {
        once = false;
        spin();
      }
      if (input.equals(Buffer.from('hello worl'))) spin();
    };
    const { slow } = fuzz({ examples, inputs, take, isTyped: never });
    expect(new Set(slow)).toEqual(new Set([Buffer.from('hello worl').toString('hex')]));
  });

  it('finds what is kept', () => {
    const kept: Buffer[] = [];
    const { grown } = fuzz({
      examples,
      inputs,
      take: () => void kept.push(Buffer.alloc(2000, 1)),
      isTyped: never,
    });
    expect(grown).toBeGreaterThan(10_000_000);
  });
});
