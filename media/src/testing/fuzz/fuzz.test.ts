import { describe, expect, it } from 'vitest';
import { FUZZ_INPUTS, fuzz } from './index.ts';

const examples = [Buffer.from('hello world')];
const never = () => false;

describe('fuzzing', () => {
  it('finds what throws something else, and tells the input', () => {
    const take = (input: Buffer) => {
      if (input[0] === 0xff) throw new TypeError('oops');
      if (input[0] === 0) throw new RangeError('typed');
    };
    const report = fuzz({ examples, take, isTyped: (error) => error instanceof RangeError });
    expect(report.inputs).toBe(FUZZ_INPUTS);
    expect(report.refused).toBeGreaterThan(0);
    expect(report.broken[0]).toMatch(/^ff.* TypeError: oops$/);
  });

  it('gives the same inputs for the same seed, and others for another', () => {
    const heard = (seed: number) => {
      const inputs: string[] = [];
      fuzz({
        examples,
        seed,
        take: (input) => void (inputs.length < 50 && inputs.push(input.toString('hex'))),
        isTyped: never,
      });
      return inputs;
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
    const { slow } = fuzz({ examples, take, isTyped: never });
    expect(new Set(slow)).toEqual(new Set([Buffer.from('hello worl').toString('hex')]));
  });

  it('finds what is kept', () => {
    const kept: Buffer[] = [];
    const { grown } = fuzz({ examples, take: () => void kept.push(Buffer.alloc(2000, 1)), isTyped: never });
    expect(grown).toBeGreaterThan(10_000_000);
  });
});
