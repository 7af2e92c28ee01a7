import { beforeEach, describe, expect, it } from 'vitest';
import { h264, h265, opusFormat } from '../codecs/index.ts';
import { opusHeadFromDops } from '../flv/index.ts';
import { MediaStream, SlabPool } from '../stream/index.ts';
import { FakeClock } from '../testing/index.ts';
import { Reign } from './reign.ts';
import { film, tell } from './testing/film.ts';
import { hevc } from './testing/hevc.ts';
import { FlvToStream } from './to-stream.ts';

const STRANGE = {
  video: { codec: 'h265', config: hevc.configMessage, frame: hevc.frameMessage },
  audio: {
    codec: 'opus',
    config: Buffer.concat([Buffer.from('904f707573', 'hex'), opusHeadFromDops(opusFormat(1).record)]),
    frame: Buffer.from('914f70757308555555', 'hex'),
  },
} as const;

describe.each(['video', 'audio'] as const)('quirk 63: a configuration of another codec, of %s', (kind) => {
  const { codec, config, frame } = STRANGE[kind];
  let ingest: FlvToStream;
  let tracks: string[][];
  let frames: string[];
  let at: number;

  /** A second of the publisher's own. */
  function play(): void {
    for (let i = 0; i < 25; i++, at += 40) {
      tell(ingest, 'video', at, film.picture(i === 0));
      tell(ingest, 'audio', at, film.sound());
    }
  }

  beforeEach(() => {
    const stream = new MediaStream({ stamp: () => undefined });
    [tracks, frames, at] = [[], [], 0];
    stream.attach(
      {
        onTracks: (now) => void tracks.push(now.map(({ format }) => format.codec.name)),
        onFrame: ({ track }) => void frames.push(track.format.codec.name),
        onEnd: () => undefined,
      },
      false,
    );
    const around = { onReady: () => undefined, onLive: () => undefined };
    ingest = new FlvToStream({ stream, pool: new SlabPool(), clock: new FakeClock(), zero: 0, ...around });
    tell(ingest, 'script', 0, film.metadata({ videocodecid: 7, audiocodecid: 10 }));
    tell(ingest, 'video', 0, film.record());
    tell(ingest, 'audio', 0, film.soundRecord());
    play();
  });

  it('that strays in changes nothing and is counted', () => {
    tell(ingest, kind, at, config);
    play();
    expect(tracks).toEqual([['h264', 'aac']]);
    expect(frames).toHaveLength(100);
    expect(ingest.counters.dropped).toBe(1);
  });

  it('counts from the next frame of that codec on, with which nothing is lost', () => {
    tell(ingest, kind, at, config);
    expect(tracks).toHaveLength(1);
    tell(ingest, kind, at, frame);
    expect(tracks.at(-1)).toContain(codec);
    expect(frames.at(-1)).toBe(codec);
    expect(ingest.counters.dropped).toBe(0);
  });

  it('is forgotten with the next frame of the track', () => {
    tell(ingest, kind, at, config);
    play();
    tell(ingest, kind, at, frame);
    play();
    expect(tracks).toEqual([['h264', 'aac']]);
    expect(frames).toHaveLength(150);
    expect(ingest.counters.dropped).toBe(2);
  });

  it('that cannot be read takes nobody’s place, whatever follows', () => {
    tell(ingest, kind, at, config.subarray(0, 9));
    tell(ingest, kind, at, frame);
    play();
    expect(tracks).toEqual([['h264', 'aac']]);
    expect(frames).toHaveLength(100);
  });

  it('again and again: the last is kept', () => {
    for (let i = 0; i < 5; i++) tell(ingest, kind, at, config);
    expect(ingest.counters.dropped).toBe(4);
    tell(ingest, kind, at, frame);
    expect(frames.at(-1)).toBe(codec);
  });
});

describe('Reign', () => {
  it('goes to who insists, eight frames in a row, without a configuration', () => {
    const reign = new Reign();
    expect(reign.frame(h264)).toBe(true);
    const others = Array.from({ length: 8 }, () => reign.frame(h265));
    expect(others).toEqual([...Array(7).fill(false), true]);
    expect(reign.isOwn(h265)).toBe(true);
    expect(reign.strays).toBe(7);
  });

  it('a frame in between begins the count anew', () => {
    const reign = new Reign();
    reign.frame(h264);
    for (let i = 0; i < 30; i++) expect(reign.frame(i % 7 === 0 ? h264 : h265)).toBe(i % 7 === 0);
  });
});
