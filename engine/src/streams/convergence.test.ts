import { setImmediate } from 'node:timers/promises';
import type { DesiredState } from '@nightjar/contract/link';
import { describe, expect, it } from 'vitest';
import { desiredState, desiredStream, QuietLog } from '../testing/index.ts';
import { Convergence } from './convergence.ts';

class Rig {
  readonly log = new QuietLog();
  readonly applied: number[] = [];
  readonly prepared: string[] = [];
  readonly written: DesiredState[] = [];
  memory: string | undefined;
  /** What preparing waits for. */
  prepare: (basePath: string) => Promise<void> = async () => undefined;
  write: () => Promise<void> = async () => undefined;
  readonly convergence = new Convergence({
    registry: {
      apply: ({ revision }) => void this.applied.push(revision),
      settled: async () => undefined,
    },
    footage: {
      prepare: async (basePath) => {
        this.prepared.push(basePath);
        await this.prepare(basePath);
      },
    },
    memory: {
      read: async () => this.memory,
      write: async (text) => {
        await this.write();
        this.written.push(JSON.parse(text) as DesiredState);
      },
    },
    log: this.log,
  });
}

const state = (revision: number, base_path = '/footage'): DesiredState =>
  desiredState([desiredStream()], { revision, base_path });

describe('convergence', () => {
  it('applies a state once its footage is prepared, and remembers it', async () => {
    const rig = new Rig();
    const ready = Promise.withResolvers<void>();
    rig.prepare = () => ready.promise;
    rig.convergence.desire(state(1));
    await setImmediate();
    expect(rig.applied).toEqual([]);
    ready.resolve();
    await rig.convergence.settled();
    expect(rig.applied).toEqual([1]);
    expect(rig.written).toEqual([state(1)]);
  });

  it('skips to the newest of those that came meanwhile', async () => {
    const rig = new Rig();
    const ready = Promise.withResolvers<void>();
    rig.prepare = () => ready.promise;
    for (let revision = 1; revision <= 50; revision++) rig.convergence.desire(state(revision));
    ready.resolve();
    await rig.convergence.settled();
    expect(rig.applied).toEqual([1, 50]);
    expect(rig.written.map(({ revision }) => revision)).toEqual([1, 50]);
    rig.convergence.desire(state(51));
    await rig.convergence.settled();
    expect(rig.applied).toEqual([1, 50, 51]);
  });

  it('applies what it cannot remember, and goes on', async () => {
    const rig = new Rig();
    rig.write = () => Promise.reject(new Error('read-only'));
    rig.convergence.desire(state(1));
    rig.convergence.desire(state(2));
    await rig.convergence.settled();
    expect(rig.applied).toEqual([1, 2]);
    expect(rig.log.lines.map(({ level }) => level)).toEqual(['error', 'error']);
  });

  it('settles after what was desired last', async () => {
    const rig = new Rig();
    rig.convergence.desire(state(1));
    const settled = rig.convergence.settled();
    rig.convergence.desire(state(2));
    await settled;
    expect(rig.applied).toEqual([1, 2]);
  });
});

describe('memory', () => {
  it('of the last state is taken up without a server', async () => {
    const rig = new Rig();
    rig.memory = JSON.stringify(state(7, '/elsewhere'));
    await rig.convergence.remember();
    expect(rig.applied).toEqual([7]);
    expect(rig.prepared).toEqual(['/elsewhere']);
    expect(rig.written).toEqual([]);
  });

  it('gives way to a server that has spoken', async () => {
    const rig = new Rig();
    rig.memory = JSON.stringify(state(7));
    rig.convergence.desire(state(1));
    await rig.convergence.remember();
    await rig.convergence.settled();
    expect(rig.applied).toEqual([1]);
  });

  it('gives way to a server that speaks while footage is prepared', async () => {
    const rig = new Rig();
    const ready = Promise.withResolvers<void>();
    rig.prepare = () => ready.promise;
    rig.memory = JSON.stringify(state(7));
    const remembering = rig.convergence.remember();
    await setImmediate();
    rig.convergence.desire(state(8));
    ready.resolve();
    await remembering;
    await rig.convergence.settled();
    expect(rig.applied).toEqual([8]);
  });

  it('that is empty is no error', async () => {
    const rig = new Rig();
    await rig.convergence.remember();
    expect(rig.applied).toEqual([]);
    expect(rig.log.lines).toEqual([]);
  });

  it.each(['{', 'null', '{"revision":1}', JSON.stringify({ ...state(1), streams: [{ id: '../x' }] })])(
    'that holds %s does not keep the engine from starting',
    async (text) => {
      const rig = new Rig();
      rig.memory = text;
      await rig.convergence.remember();
      expect(rig.applied).toEqual([]);
      expect(rig.log.lines).toMatchObject([{ level: 'error' }]);
      rig.convergence.desire(state(1));
      await rig.convergence.settled();
      expect(rig.applied).toEqual([1]);
    },
  );
});
