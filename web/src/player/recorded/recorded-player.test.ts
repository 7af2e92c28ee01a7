import { describe, expect, it } from 'vitest';
import { settle } from '../../clock/fake-clock.ts';
import { PlaybackError } from '../playback.ts';
import {
  momentAt,
  type OpenRecorded,
  positionOf,
  type RecordedEvents,
  type Span,
  type Stretch,
} from './recorded-playback.ts';
import { RecordedPlayer, type RecordedVideo } from './recorded-player.ts';

const T = Date.UTC(2026, 0, 2, 3, 4, 0);
/** Ten seconds, a gap of a minute, ten seconds. */
const STRETCHES: Stretch[] = [
  { position: 0, duration: 6, moment: T },
  { position: 6, duration: 4, moment: T + 6000 },
  { position: 10, duration: 10, moment: T + 70_000 },
];

describe('position and moment', () => {
  it.each([
    [0, T],
    [5.5, T + 5500],
    [6, T + 6000],
    [9.999, T + 9999],
    [10, T + 70_000],
    [20, T + 80_000],
  ])('%d is seen at %d, and back', (position, moment) => {
    expect(momentAt(STRETCHES, position)).toBeCloseTo(moment, 3);
    expect(positionOf(STRETCHES, moment)).toBeCloseTo(position, 6);
  });

  it('a moment before, in a gap and behind is that of the nearest footage after it, or of the end', () => {
    expect(positionOf(STRETCHES, T - 1000)).toBe(0);
    expect(positionOf(STRETCHES, T + 40_000)).toBe(10);
    expect(positionOf(STRETCHES, T + 100_000)).toBe(20);
    expect([positionOf([], T), momentAt([], 3)]).toEqual([0, 0]);
  });
});

class FakeVideo extends EventTarget implements RecordedVideo {
  playbackRate = 1;
  muted = true;
  paused = true;
  refuses = false;
  #currentTime = 0;
  #callback: ((now: number, picture: { mediaTime: number }) => void) | null = null;

  get currentTime(): number {
    return this.#currentTime;
  }

  set currentTime(value: number) {
    this.#currentTime = value;
    this.say('seeking');
  }

  async play(): Promise<void> {
    if (this.refuses) throw new DOMException('no gesture', 'NotAllowedError');
    this.paused = false;
    this.say('playing');
  }

  pause(): void {
    this.paused = true;
    this.say('pause');
  }

  requestVideoFrameCallback(callback: (now: number, picture: { mediaTime: number }) => void): number {
    this.#callback = callback;
    return 1;
  }

  /** The picture that begins at `mediaTime` is on the screen. */
  show(mediaTime: number): void {
    const callback = this.#callback;
    this.#callback = null;
    callback?.(0, { mediaTime });
  }

  /** Plays on to a position. */
  reach(position: number): void {
    this.#currentTime = position;
    this.say('timeupdate');
  }

  say(type: string): void {
    this.dispatchEvent(new Event(type));
  }
}

async function setUp(span: Span = { start: T + 1000, end: T + 8000 }) {
  const video = new FakeVideo();
  const opened: { span: Span; events: RecordedEvents; closed: number }[] = [];
  let problem: unknown;
  const open: OpenRecorded<FakeVideo> = async (_, asked, events) => {
    if (problem !== undefined) throw problem;
    const record = { span: asked, events, closed: 0 };
    opened.push(record);
    return {
      momentAt: (position) => momentAt(STRETCHES, position),
      positionOf: (moment) => positionOf(STRETCHES, moment),
      close: () => {
        record.closed += 1;
      },
    };
  };
  const player = new RecordedPlayer<FakeVideo>({ video, open, span });
  const start = async () => {
    player.start();
    await settle();
  };
  return { video, opened, player, start, fail: (error: unknown) => (problem = error) };
}

describe('a recording', () => {
  it('plays from its start, tells the moment that is seen, and ends at its end', async () => {
    const { video, player, start, opened } = await setUp();
    expect(player.snapshot).toMatchObject({ phase: 'opening', at: T + 1000 });
    await start();
    expect(opened[0]!.span).toEqual({ start: T + 1000, end: T + 8000 });
    expect([player.snapshot.phase, video.currentTime]).toEqual(['playing', 1]);
    video.reach(4);
    expect(player.snapshot.at).toBe(T + 4000);
    // The last group of pictures goes on behind the end.
    video.reach(8.02);
    expect(player.snapshot).toMatchObject({ phase: 'ended', at: T + 8000 });
    expect(video.paused).toBe(true);
    player.toggle();
    await settle();
    expect([player.snapshot.phase, video.currentTime, opened.length]).toEqual(['playing', 1, 2]);
    expect(opened[0]!.closed).toBe(1);
  });

  it('ends when the footage does', async () => {
    const { video, player, start } = await setUp();
    await start();
    video.say('ended');
    expect(player.snapshot.phase).toBe('ended');
  });

  it('pauses, goes on, waits for the network', async () => {
    const { video, player, start } = await setUp();
    await start();
    player.toggle();
    expect([player.snapshot.phase, video.paused]).toEqual(['paused', true]);
    player.toggle();
    expect(player.snapshot.phase).toBe('playing');
    video.say('waiting');
    expect(player.snapshot.phase).toBe('buffering');
    video.say('playing');
    expect(player.snapshot.phase).toBe('playing');
  });

  it('goes to a moment inside the span, also from its end', async () => {
    const { video, player, start } = await setUp();
    await start();
    player.seek(T + 6500);
    expect([video.currentTime, player.snapshot.at]).toEqual([6.5, T + 6500]);
    player.seek(0);
    expect(video.currentTime).toBe(1);
    video.say('ended');
    player.seek(T + 2000);
    expect(player.snapshot).toMatchObject({ phase: 'paused', at: T + 2000 });
  });

  it('steps picture by picture, paused, and not out of the span', async () => {
    const { video, player, start } = await setUp();
    await start();
    video.reach(2.0079);
    video.show(1.9979);
    player.step(1, 25);
    expect(video.currentTime).toBeCloseTo(2.0579, 6);
    // Before the picture has come, and after it.
    player.step(1, 25);
    expect(video.currentTime).toBeCloseTo(2.0979, 6);
    video.show(2.0779);
    player.step(-1, 25);
    expect(video.currentTime).toBeCloseTo(2.0579, 6);
    expect(player.snapshot.phase).toBe('paused');
    video.show(2.0379);
    player.step(1, 12.5);
    expect(video.currentTime).toBeCloseTo(2.1579, 6);
    video.show(2.1179);
    player.step(-1, null);
    expect(video.currentTime).toBeCloseTo(2.0979, 6);
    video.show(7.98);
    video.reach(7.99);
    player.step(1, 25);
    expect(video.currentTime).toBe(7.99);
  });

  it('steps by the time alone in a browser that does not tell of pictures', async () => {
    const { video, player, start } = await setUp();
    await start();
    video.reach(2);
    player.step(1, 25);
    expect(video.currentTime).toBeCloseTo(2.06, 6);
  });

  it('keeps speed and sound over a new beginning', async () => {
    const { video, player, start, opened } = await setUp();
    await start();
    player.setRate(4);
    player.setMuted(false);
    video.playbackRate = 1;
    await start();
    expect([video.playbackRate, player.snapshot.rate, player.snapshot.muted]).toEqual([4, 4, false]);
    opened[1]!.events.onAudio(true);
    opened[0]!.events.onAudio(false);
    expect(player.snapshot.hasAudio).toBe(true);
  });

  it('says what is wrong, and begins again where it was', async () => {
    const { video, player, start, opened, fail } = await setUp();
    await start();
    video.reach(5);
    opened[0]!.events.onFault('network');
    expect(player.snapshot).toMatchObject({ phase: 'failed', fault: 'network', at: T + 5000 });
    expect(opened[0]!.closed).toBe(1);
    fail(new PlaybackError('not_found'));
    await start();
    expect(player.snapshot).toMatchObject({ phase: 'failed', fault: 'not_found' });
    fail(undefined);
    await start();
    expect(player.snapshot).toMatchObject({ phase: 'playing', fault: null });
    expect(opened[1]!.span.start).toBe(T + 5000);
  });

  it('that may not begin by itself waits for a click', async () => {
    const { video, player, start } = await setUp();
    video.refuses = true;
    await start();
    expect(player.snapshot.phase).toBe('paused');
  });

  it('closed while it opens is released, and tells nothing more', async () => {
    const { player, opened } = await setUp();
    let told = 0;
    player.subscribe(() => told++);
    player.start();
    player.close();
    told = 0;
    await settle();
    expect([opened[0]!.closed, told]).toEqual([1, 0]);
    opened[0]!.events.onFault('network');
    expect(player.snapshot.phase).toBe('opening');
  });
});
