import type { Detector } from '@nightjar/contract';
import type { ToDetector } from '@nightjar/contract/vision';
import { FakeClock } from '@nightjar/media/testing';
import { describe, expect, it } from 'vitest';
import { NoAnswer, type StartDetector } from './detector-life.ts';
import { Detectors } from './detectors.ts';

const detector: Detector = {
  name: 'finder',
  file: '/nowhere/finder.onnx',
  version: '1',
  width: 64,
  height: 64,
  layout: 'yolov5',
  classes: ['cat'],
  device: 'cpu',
  threads: 1,
};
const question = {
  ...{ detector, kinds: [0], least: 0.1, data: new Uint8Array(3) },
  fit: { left: 0, top: 0, width: 1, height: 1 },
};

/** Processes that do what a test says. */
class Scripted {
  readonly clock = new FakeClock();
  readonly lives: { events: Parameters<StartDetector>[0]; heard: ToDetector[]; killed: boolean }[] = [];
  readonly detectors = new Detectors((events) => {
    const life = { events, heard: [] as ToDetector[], killed: false };
    this.lives.push(life);
    return {
      send: (message) => void life.heard.push(message),
      kill: () => {
        life.killed = true;
        events.exit();
      },
    };
  }, this.clock);

  get life() {
    return this.lives.at(-1)!;
  }

  ready(): void {
    this.life.events.message({ type: 'ready' });
  }

  pong(rss = 0): void {
    this.life.events.message({ type: 'pong', counters: { rss, pictures: 0, run_ms: 0, copy_ms: 0 } });
  }

  /** The number of the ask that came last. */
  get asked(): number {
    const last = this.life.heard.findLast(({ type }) => type === 'ask');
    return last?.type === 'ask' ? last.id : Number.NaN;
  }
}

const boxes = Float32Array.from([1, 2, 3, 4, 0.9, 0]);

describe('the detector process', () => {
  it('is told of a network once and answers each ask', async () => {
    const rig = new Scripted();
    for (let i = 0; i < 2; i++) {
      const answer = rig.detectors.ask(question);
      rig.life.events.message({ type: 'found', id: rig.asked, boxes });
      expect(await answer).toEqual(boxes);
    }
    expect(rig.life.heard.map(({ type }) => type)).toEqual(['use', 'ask', 'ask']);
    expect(rig.lives).toHaveLength(1);
  });

  it('may refuse an ask, and only that', async () => {
    const rig = new Scripted();
    const answer = rig.detectors.ask(question);
    rig.life.events.message({ type: 'refused', id: rig.asked, message: 'no such file' });
    await expect(answer).rejects.toThrow(new NoAnswer('no such file'));
    expect(rig.life.killed).toBe(false);
  });

  it.each([
    ['dies', (rig: Scripted) => rig.life.events.exit()],
    ['no longer answers', (rig: Scripted) => rig.clock.advance(3_500)],
    [
      'answers, but not what it is asked',
      (rig: Scripted) => {
        for (let i = 0; i < 24; i++) {
          rig.clock.advance(500);
          rig.pong();
        }
      },
    ],
    ['takes too much memory', (rig: Scripted) => rig.pong(3 * 1024 ** 3)],
    ['speaks as it likes', (rig: Scripted) => rig.life.events.message({ type: 'found', id: 'x' })],
  ])('that %s is replaced, after a pause when it lived shortly', async (_, trouble) => {
    const rig = new Scripted();
    const answer = rig.detectors.ask(question);
    const seen = expect(answer).rejects.toThrow(NoAnswer);
    rig.ready();
    trouble(rig);
    await seen;
    rig.clock.advance(300);
    const again = rig.detectors.ask(question);
    expect(rig.lives).toHaveLength(2);
    rig.life.events.message({ type: 'found', id: rig.asked, boxes });
    expect(await again).toEqual(boxes);
  });

  it('that dies at once each time is tried less and less often', async () => {
    const rig = new Scripted();
    const tries = async (ms: number): Promise<number> => {
      const before = rig.lives.length;
      for (let i = 0; i < ms / 100; i++) {
        const answer = rig.detectors.ask(question).catch((error: unknown) => error);
        if (rig.lives.length > before) rig.life.events.exit();
        expect(await answer).toBeInstanceOf(NoAnswer);
        rig.clock.advance(100);
      }
      return rig.lives.length - before;
    };
    await tries(15_000);
    expect(await tries(10_000)).toBeLessThanOrEqual(2);
  });

  it('goes when nobody wants it any more', () => {
    const rig = new Scripted();
    const [first, second] = [rig.detectors.hold(), rig.detectors.hold()];
    void rig.detectors.ask(question).catch(() => undefined);
    rig.ready();
    first();
    first();
    rig.clock.advance(500);
    rig.pong();
    expect(rig.life.killed).toBe(false);
    second();
    for (let i = 0; i < 10; i++) {
      rig.clock.advance(500);
      rig.pong();
    }
    expect(rig.life.killed).toBe(true);
    expect(rig.clock.pending).toBe(0);
  });
});
