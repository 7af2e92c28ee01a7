import { expect, it } from 'vitest';
import { FakeClock } from '../clock/fake-clock.ts';
import { Ladder } from './ladder.ts';
import {
  type FallBack,
  type OpenPlayback,
  type Playback,
  PlaybackError,
  type PlaybackEvents,
  type PlaybackFault,
  type Protocol,
} from './playback.ts';

const playback: Playback = {
  latency: () => null,
  keepUp: () => undefined,
  toLiveEdge: () => undefined,
  close: () => undefined,
};

interface World {
  readonly clock: FakeClock;
  readonly opened: Protocol[];
  readonly told: [Protocol, readonly FallBack[]][];
  readonly faults: PlaybackFault[];
  /** Of the playback that was opened last. */
  events(): PlaybackEvents;
  open(): Promise<Playback>;
}

/** A ladder whose ways fail as said; a way that is not named shows a picture. */
function world(failing: Partial<Record<Protocol, PlaybackError | 'bug'>>): World {
  const clock = new FakeClock();
  const opened: Protocol[] = [];
  const told: World['told'] = [];
  const faults: PlaybackFault[] = [];
  let last: PlaybackEvents | undefined;
  const way =
    (protocol: Protocol): OpenPlayback<null> =>
    async (_video, events) => {
      opened.push(protocol);
      const failure = failing[protocol];
      if (failure === 'bug') throw new TypeError('a mistake');
      if (failure) throw failure;
      last = events;
      return playback;
    };
  const protocols: Protocol[] = ['webrtc', 'mse', 'hls'];
  const ladder = new Ladder<null>(
    protocols.map((protocol) => ({ protocol, open: way(protocol) })),
    clock,
  );
  return {
    clock,
    opened,
    told,
    faults,
    events: () => last!,
    open: () =>
      ladder.open(null, {
        onFault: (fault) => faults.push(fault),
        onAudio: () => undefined,
        onProtocol: (protocol, fallBacks) => told.push([protocol, fallBacks]),
      }),
  };
}

it('takes the best way, and says so', async () => {
  const { open, opened, told } = world({});
  await open();
  expect(opened).toEqual(['webrtc']);
  expect(told).toEqual([['webrtc', []]]);
});

it('falls back past what fails, says why, and stays there', async () => {
  const refused = new PlaybackError('unsupported', { reason: 'the picture has B-frames' });
  const { open, opened, told } = world({ webrtc: refused, mse: 'bug' });
  await open();
  expect(told).toEqual([
    [
      'hls',
      [
        { protocol: 'webrtc', fault: 'unsupported', reason: 'the picture has B-frames' },
        { protocol: 'mse', fault: 'network', reason: undefined },
      ],
    ],
  ]);
  await open();
  expect(opened).toEqual(['webrtc', 'mse', 'hls', 'hls']);
});

it('does not try other ways for somebody who is not let in', async () => {
  const { open, opened } = world({ webrtc: new PlaybackError('unauthorized') });
  await expect(open()).rejects.toMatchObject({ fault: 'unauthorized' });
  expect(opened).toEqual(['webrtc']);
});

it('begins again with the best when no way is left', async () => {
  const gone = new PlaybackError('network');
  const { open, opened } = world({ webrtc: gone, mse: gone, hls: gone });
  await expect(open()).rejects.toMatchObject({ fault: 'network' });
  await expect(open()).rejects.toMatchObject({ fault: 'network' });
  expect(opened).toEqual(['webrtc', 'mse', 'hls', 'webrtc', 'mse', 'hls']);
});

it('gives a way up that ends soon after it began, and keeps one that had run', async () => {
  const { open, opened, clock, events, faults } = world({});
  await open();
  await clock.advance(60_000);
  events().onFault('network');
  await open();
  await clock.advance(3000);
  events().onFault('media');
  await open();
  expect(opened).toEqual(['webrtc', 'webrtc', 'mse']);
  expect(faults).toEqual(['network', 'media']);
});

it('gives a way up that is begun again and again without a word', async () => {
  const { open, opened, clock, told } = world({});
  for (let i = 0; i < 5; i++) {
    await open();
    await clock.advance(5000);
  }
  expect(opened).toEqual(['webrtc', 'webrtc', 'webrtc', 'webrtc', 'mse']);
  expect(told.at(-1)?.[1]).toEqual([{ protocol: 'webrtc', fault: 'stalled', reason: undefined }]);
});

it('begins again with the best when the last way ends soon after it began', async () => {
  const { open, opened, events } = world({
    webrtc: new PlaybackError('unsupported'),
    mse: new PlaybackError('network'),
  });
  await open();
  events().onFault('not_found');
  await open();
  expect(opened).toEqual(['webrtc', 'mse', 'hls', 'webrtc', 'mse', 'hls']);
});

it('tells what may pass by itself rather than what this browser cannot do', async () => {
  const { open } = world({
    webrtc: new PlaybackError('unsupported'),
    mse: new PlaybackError('not_found'),
    hls: new PlaybackError('unsupported'),
  });
  await expect(open()).rejects.toMatchObject({ fault: 'not_found' });
});
