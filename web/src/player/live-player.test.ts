import { describe, expect, it } from 'vitest';
import { FakeClock, settle } from '../clock/fake-clock.ts';
import { LivePlayer, type PlayerVideo } from './live-player.ts';
import { type OpenPlayback, type Playback, PlaybackError, type PlaybackEvents } from './playback.ts';

class FakeVideo extends EventTarget implements PlayerVideo {
  currentTime = 0;
  muted = true;
  plays = 0;
  refuses: (video: FakeVideo) => boolean = () => false;

  async play(): Promise<void> {
    this.plays += 1;
    if (this.refuses(this)) throw new DOMException('no gesture', 'NotAllowedError');
  }

  say(type: string): void {
    this.dispatchEvent(new Event(type));
  }
}

class FakePlayback implements Playback {
  closed = 0;
  keptUp = 0;
  jumps = 0;
  behind: number | null = 0.94;
  readonly events: PlaybackEvents;

  constructor(events: PlaybackEvents) {
    this.events = events;
  }

  latency = (): number | null => this.behind;
  keepUp = (): void => {
    this.keptUp += 1;
  };
  toLiveEdge = (): void => {
    this.jumps += 1;
  };
  close = (): void => {
    this.closed += 1;
  };
}

function setUp(open?: OpenPlayback<FakeVideo>, rewound?: (behind: number) => OpenPlayback<FakeVideo>) {
  const clock = new FakeClock();
  const video = new FakeVideo();
  const made: FakePlayback[] = [];
  const player = new LivePlayer<FakeVideo>({
    video,
    clock,
    random: () => 0.5,
    ...(rewound ? { rewound } : {}),
    open:
      open ??
      (async (_, events) => {
        const playback = new FakePlayback(events);
        made.push(playback);
        return playback;
      }),
  });
  const playing = async () => {
    player.setWanted(true);
    await settle();
    video.say('playing');
  };
  /** Lets the picture move for `ms`. */
  const roll = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      video.currentTime += 0.5;
      await clock.advance(500);
    }
  };
  return { clock, video, made, player, playing, roll };
}

describe('a wanted picture', () => {
  it('opens once, plays, and tells its latency', async () => {
    const { player, made, video, playing, roll } = setUp();
    expect(player.snapshot.phase).toBe('idle');
    await playing();
    expect(player.snapshot.phase).toBe('playing');
    expect(video.plays).toBe(1);
    await roll(1000);
    expect(player.snapshot.latency).toBe(0.9);
    expect(made).toHaveLength(1);
    expect(made[0]?.keptUp).toBe(2);
    made[0]!.behind = null;
    await roll(500);
    expect(player.snapshot.latency).toBeNull();
  });

  it('is given up when no longer wanted, and nothing stays behind', async () => {
    const { player, made, clock, playing } = setUp();
    await playing();
    player.setWanted(false);
    expect(player.snapshot).toMatchObject({ phase: 'idle', latency: null, fault: null });
    expect(made[0]?.closed).toBe(1);
    expect(clock.pending).toBe(0);
    player.setWanted(true);
    expect(player.snapshot.phase).toBe('opening');
    player.close();
    player.close();
    expect(clock.pending).toBe(0);
  });

  it('closes a playback that arrives after it was given up', async () => {
    let arrive: (playback: Playback) => void = () => undefined;
    const { player } = setUp(() => new Promise((resolve) => (arrive = resolve)));
    player.setWanted(true);
    player.setWanted(false);
    const late = new FakePlayback({ onFault: () => undefined, onAudio: () => undefined });
    arrive(late);
    await settle();
    expect(late.closed).toBe(1);
    expect(player.snapshot.phase).toBe('idle');
  });

  it('tells listeners of each change once, and no longer after removal', async () => {
    const { player, video, playing } = setUp();
    const seen: string[] = [];
    const remove = player.subscribe(() => seen.push(player.snapshot.phase));
    await playing();
    video.say('playing');
    expect(seen).toEqual(['opening', 'playing']);
    remove();
    player.setWanted(false);
    expect(seen).toHaveLength(2);
  });
});

describe('a playback that dies', () => {
  it('is followed by another one, with longer pauses each time', async () => {
    const { player, made, clock } = setUp();
    player.setWanted(true);
    await settle();
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const before = clock.now();
      made.at(-1)!.events.onFault('network');
      expect(player.snapshot).toMatchObject({ phase: 'retrying', fault: 'network' });
      const pause = player.snapshot.retryAt! - before;
      pauses.push(pause);
      await clock.advance(pause);
      expect(made).toHaveLength(attempt + 2);
    }
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000, 4000]);
    expect(made.slice(0, -1).every((playback) => playback.closed === 1)).toBe(true);
    expect(player.snapshot.fault).toBe('network');
  });

  it('is forgiven after it has played steadily', async () => {
    const { player, made, clock, video, playing, roll } = setUp();
    await playing();
    made.at(-1)!.events.onFault('network');
    await clock.advance(250);
    made.at(-1)!.events.onFault('network');
    await clock.advance(500);
    video.say('playing');
    expect(player.snapshot.fault).toBeNull();
    await roll(6000);
    const before = clock.now();
    made.at(-1)!.events.onFault('media');
    expect(player.snapshot.retryAt! - before).toBe(250);
  });

  it('may speak only once, and an older one not at all', async () => {
    const { player, made, clock } = setUp();
    player.setWanted(true);
    await settle();
    const first = made[0]!.events;
    first.onFault('network');
    first.onFault('unauthorized');
    expect(player.snapshot).toMatchObject({ phase: 'retrying', fault: 'network' });
    await clock.advance(250);
    first.onFault('media');
    first.onAudio(true);
    expect(player.snapshot).toMatchObject({ phase: 'opening', fault: 'network', hasAudio: null });
    made[1]!.events.onAudio(true);
    expect(player.snapshot.hasAudio).toBe(true);
  });

  it.each(['unauthorized', 'forbidden', 'unsupported'] as const)('ends for good with %s', async (fault) => {
    const { player, clock } = setUp(() => Promise.reject(new PlaybackError(fault)));
    player.setWanted(true);
    await settle();
    expect(player.snapshot).toMatchObject({ phase: 'ended', fault, retryAt: null });
    expect(clock.pending).toBe(0);
  });

  it('is tried again at once when a person asks', async () => {
    const { player, made } = setUp();
    player.setWanted(true);
    await settle();
    made[0]!.events.onFault('network');
    player.retry();
    await settle();
    expect(made).toHaveLength(2);
    player.setWanted(false);
    player.retry();
    await settle();
    expect(made).toHaveLength(2);
  });

  it('counts a failure to load the code as a network fault', async () => {
    const { player } = setUp(() => Promise.reject(new TypeError('failed to fetch module')));
    player.setWanted(true);
    await settle();
    expect(player.snapshot).toMatchObject({ phase: 'retrying', fault: 'network' });
  });
});

describe('a picture that does not move', () => {
  it('is begun again after 5 s without progress', async () => {
    const { player, made, clock, video, playing, roll } = setUp();
    await playing();
    await roll(3000);
    video.say('waiting');
    expect(player.snapshot.phase).toBe('buffering');
    await clock.advance(4500);
    expect(made[0]?.closed).toBe(0);
    await clock.advance(500);
    expect(player.snapshot).toMatchObject({ phase: 'retrying', fault: 'stalled' });
    expect(made[0]?.closed).toBe(1);
  });

  it('is begun again when no picture comes within 15 s', async () => {
    const { player, clock } = setUp();
    player.setWanted(true);
    await clock.advance(14_500);
    expect(player.snapshot.phase).toBe('opening');
    await clock.advance(500);
    expect(player.snapshot).toMatchObject({ phase: 'retrying', fault: 'stalled' });
  });

  it('waits for ever when the browser wants a click', async () => {
    const { player, clock, video, made } = setUp();
    video.refuses = () => true;
    player.setWanted(true);
    await clock.advance(60_000);
    expect(player.snapshot.phase).toBe('blocked');
    video.refuses = () => false;
    player.resume();
    video.say('playing');
    expect(made[0]?.jumps).toBe(1);
    expect(player.snapshot.phase).toBe('playing');
    await clock.advance(1000);
    expect(player.snapshot.phase).toBe('playing');
  });

  it('offers to play when something else paused it', async () => {
    const { player, video, playing, clock } = setUp();
    await playing();
    video.say('pause');
    await clock.advance(20_000);
    expect(player.snapshot.phase).toBe('blocked');
  });
});

describe('sound', () => {
  it('gives way when the browser refuses to start with it', async () => {
    const { player, video } = setUp();
    player.setMuted(false);
    expect(player.snapshot.muted).toBe(false);
    video.refuses = (element) => !element.muted;
    player.setWanted(true);
    await settle();
    expect(video.muted).toBe(true);
    expect(video.plays).toBe(2);
    expect(player.snapshot).toMatchObject({ phase: 'opening', muted: true });
  });

  it('follows the element', () => {
    const { player, video } = setUp();
    video.muted = false;
    video.say('volumechange');
    expect(player.snapshot.muted).toBe(false);
  });
});

describe('going back', () => {
  function withFootage(open?: OpenPlayback<FakeVideo>) {
    const asked: number[] = [];
    const past: (FakePlayback & { wished: number[]; goTo(behind: number): boolean })[] = [];
    const rewound = (behind: number): OpenPlayback<FakeVideo> => {
      asked.push(behind);
      if (open) return open;
      return async (_, events) => {
        const wished: number[] = [];
        const goTo = (to: number): boolean => to < 100 && wished.push(to) > 0;
        const moment = () => 1_000;
        past.push(Object.assign(new FakePlayback(events), { behind, wished, goTo, moment }));
        return past.at(-1)!;
      };
    };
    const parts = setUp(undefined, rewound);
    /** Presses, and the moment in which others may add up. */
    const back = async (...presses: number[]) => {
      for (const seconds of presses) parts.player.rewind(seconds);
      await parts.clock.advance(250);
      await settle();
    };
    return { asked, past, back, ...parts };
  }

  it('opens footage in the place of the live picture, stays where it is, and comes back', async () => {
    const { player, playing, made, past, asked, video, roll, back } = withFootage();
    await back(60);
    await playing();
    await back(60);
    video.say('playing');
    expect(asked).toEqual([60.94]);
    expect(made[0]!.closed).toBe(1);
    await roll(1000);
    expect(player.snapshot).toMatchObject({ phase: 'playing', rewound: true, latency: 60.9, moment: 1000 });
    await back(10);
    expect(past[0]!.wished).toEqual([70.94]);
    await back(20, 30);
    expect(asked).toEqual([60.94, 110.94]);
    expect(past[0]!.closed).toBe(1);
    player.toLive();
    await settle();
    expect(made).toHaveLength(2);
    video.say('playing');
    expect(player.snapshot).toMatchObject({ phase: 'playing', rewound: false, moment: null });
    player.toLive();
    await settle();
    expect(made).toHaveLength(2);
    player.close();
  });

  it('forward ends at live', async () => {
    const { player, playing, made, back, video } = withFootage();
    await playing();
    await back(-10);
    await back(2);
    expect(player.snapshot.rewound).toBe(false);
    await back(10);
    expect(player.snapshot.rewound).toBe(true);
    video.say('playing');
    await back(-10);
    expect(player.snapshot.rewound).toBe(false);
    expect(made).toHaveLength(2);
    player.close();
  });

  it('that does not work shows the live picture again, and says why', async () => {
    const { player, playing, made, back } = withFootage(() => Promise.reject(new PlaybackError('forbidden')));
    await playing();
    await back(60);
    expect(made).toHaveLength(2);
    expect(player.snapshot).toMatchObject({ rewound: false, rewindFault: 'forbidden', fault: null });
    player.close();
  });

  it('is tried some times where the network fails, from where it was', async () => {
    const { player, playing, made, asked, clock, back } = withFootage(() =>
      Promise.reject(new PlaybackError('network')),
    );
    await playing();
    await back(60);
    for (let i = 0; i < 30 && made.length < 2; i++) await clock.advance(500);
    expect(asked).toEqual([60.94, 60.94, 60.94, 60.94]);
    expect(player.snapshot).toMatchObject({ rewound: false, rewindFault: 'network' });
    player.close();
  });

  it('presses while footage is opening move it once it plays, and open nothing twice', async () => {
    const { player, playing, past, asked, video, back, clock } = withFootage();
    await playing();
    await back(10, 10);
    await back(10);
    expect(asked.map(Math.round)).toEqual([21]);
    expect(past[0]!.wished).toEqual([]);
    video.say('playing');
    await clock.advance(250);
    expect(past[0]!.wished.map(Math.round)).toEqual([31]);
    expect(past).toHaveLength(1);
    player.close();
    expect(clock.pending).toBe(0);
  });

  it('is not to be had where nobody says how', async () => {
    const { player, playing, made } = setUp();
    await playing();
    player.rewind(60);
    await settle();
    expect(made).toHaveLength(1);
    expect(player.snapshot.rewound).toBe(false);
    player.close();
  });
});
