import { describe, expect, it, vi } from 'vitest';
import type { SeenFrame } from '../watcher.ts';
import { quirkList, startQuirkyCameras } from './cli.ts';
import type { Film, FilmTrack } from './film.ts';
import { QUIRKS, QuirkyCamera } from './index.ts';
import { Player } from './player.ts';
import type { Outcome, Quirk } from './quirk.ts';

vi.setConfig({ maxConcurrency: 12 });

const ENOUGH = 12;
const WATCH_LIMIT_MS = 15_000;

/** Plays as long as the quirk needs; resolves with the error that ended it. */
async function watched(player: Player, film: Film, { tracks, watchMs }: Outcome): Promise<unknown> {
  const kinds = tracks ?? film.map(({ kind }) => kind);
  const began = performance.now();
  const enough = () =>
    performance.now() - began >= (watchMs ?? 0) && kinds.every((kind) => player.of(kind).length >= ENOUGH);
  return player.until(enough).then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Which frame of the film each one is; -1 for none. */
function placesOf(frames: readonly SeenFrame[], track: FilmTrack, lossy: boolean): number[] {
  const { length } = track.frames;
  let last = -1;
  return frames.map(({ bytes }) => {
    const expected = (last + 1) % length;
    const is = (index: number) => track.frames[index]!.stored.equals(bytes);
    const found = last >= 0 && is(expected) ? expected : track.frames.findIndex((_, index) => is(index));
    if (last >= 0 && !lossy && found !== expected) return -1;
    last = found;
    return found;
  });
}

function checkTrack(frames: readonly SeenFrame[], track: FilmTrack, outcome: Outcome): void {
  expect(frames.length).toBeGreaterThanOrEqual(ENOUGH);
  if (!outcome.altered) expect(placesOf(frames, track, outcome.lossy === true)).not.toContain(-1);
  const steps = frames.slice(1).map(({ dts }, index) => dts - frames[index]!.dts);
  expect(Math.min(...steps)).toBeGreaterThan(0);
  if (outcome.uneven || outcome.lossy || outcome.altered) return;
  const distance = track.ticks / track.rate;
  for (const step of steps) expect(step).toBeCloseTo(distance, 3);
}

describe.concurrent('the client plays a camera that', () => {
  it.each(QUIRKS)(
    'quirk $number: $name',
    async (quirk: Quirk) => {
      await using camera = await QuirkyCamera.start(quirk);
      await using player = new Player(camera.url, camera.transports);
      const { outcome } = quirk;
      const error = await watched(player, camera.film, outcome);
      if (outcome.fails) {
        expect(error).toMatchObject({ code: outcome.fails.code });
        expect(String(error)).toMatch(outcome.fails.says);
        expect(player.frames).toEqual([]);
        return;
      }
      if (error !== undefined) throw error;
      const kinds = outcome.tracks ?? camera.film.map(({ kind }) => kind);
      expect(player.tracks.at(-1)).toHaveLength(kinds.length);
      for (const track of camera.film) {
        if (kinds.includes(track.kind)) checkTrack(player.of(track.kind), track, outcome);
      }
      expect(outcome.looks?.(player)).toBeUndefined();
    },
    WATCH_LIMIT_MS,
  );
});

describe('the list of quirks', () => {
  it('names each behaviour once, and a number for all but those of the server, the web and the host', () => {
    const names = QUIRKS.map(({ number, name }) => `${number} ${name}`);
    expect(new Set(names).size).toBe(names.length);
    const numbers = new Set(QUIRKS.map(({ number }) => number));
    const missing = Array.from({ length: 58 }, (_, index) => index + 1).filter(
      (number) => !numbers.has(number),
    );
    // 37 is a player of ours, 48 speaks HTTP, 57 is our own clock.
    expect(missing).toEqual([37, 48, 57]);
  });
});

describe('./nightjar camera --quirk', () => {
  it('lists them with their variants', () => {
    const lines = quirkList().split('\n');
    expect(lines).toHaveLength(QUIRKS.length);
    expect(lines[0]).toBe('1.1   Basic and Digest in two fields');
  });

  it('starts one camera each', async () => {
    const running = await startQuirkyCameras([{ number: 28, variant: 2 }], '127.0.0.1', 0);
    expect(running.map(({ name }) => name)).toEqual(['quirk 28: a single channel']);
    await using player = new Player(running[0]!.camera.url);
    await player.until(() => player.of('video').length > 0);
    await running[0]!.camera[Symbol.asyncDispose]();
    expect(await player.ended).toMatchObject({ code: 'closed_by_camera' });
  });

  it('refuses a number or a variant that is not spoken', async () => {
    for (const [number, variant] of [
      [99, 1],
      [28, 9],
    ] as const) {
      await expect(startQuirkyCameras([{ number, variant }], '127.0.0.1', 0)).rejects.toThrow(
        `--quirk ${number}.${variant}: there is no such one`,
      );
    }
  });
});
