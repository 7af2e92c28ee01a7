import {
  type AudioFormat,
  aac,
  g722Format,
  h264,
  isAac,
  isOpus,
  opus,
  opusFormat,
  opusSamples,
  pcmFormat,
  pcmu,
} from '@nightjar/media/codecs';
import { type Frame, type Reader, SlabPool, systemClock, type Track } from '@nightjar/media/stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClipPlayer, Publisher, QuietLog, until, videoTrack } from '../testing/index.ts';
import { forkVision, Vision } from '../vision/index.ts';
import { soundRendition, webRtcCarries } from './index.ts';

class Listener implements Reader {
  tracks: readonly Track[] = [];
  readonly sound: { dts: number; bytes: Buffer; track: Track; arrival: number }[] = [];
  pictures = 0;
  ended = 0;
  onTracks(tracks: readonly Track[]): void {
    this.tracks = tracks;
  }
  onFrame({ track, slab, payload, end, dts, arrival }: Frame): void {
    if (track.kind === 'video') this.pictures++;
    else this.sound.push({ dts, track, arrival, bytes: Buffer.from(slab.buffer.subarray(payload, end)) });
  }
  onEnd(): void {
    this.ended++;
  }
}

let camera: ClipPlayer;
let vision: Vision;

beforeEach(async () => {
  camera = await ClipPlayer.start();
  vision = new Vision({ start: forkVision, clock: systemClock, log: new QuietLog() });
});
afterEach(async () => {
  await vision.close();
  camera.close();
});

const rendition = (codec: 'opus' | 'aac' = 'opus', media = camera.stream) =>
  soundRendition({
    subject: 'yard',
    media,
    carries: webRtcCarries,
    codec,
    vision,
    pool: new SlabPool(),
    clock: systemClock,
  });

describe('a rendition with sound that browsers take', () => {
  it('has the pictures as they are and the sound as Opus on the same clock, only while somebody listens', async () => {
    expect(camera.stream.tracks.map(({ format }) => format.codec)).toEqual([h264, aac]);
    const stream = rendition();
    expect(vision.facts.tasks).toBe(0);
    const listener = new Listener();
    const leave = stream.attach(listener, true);
    expect(listener.tracks.map(({ format }) => format.codec)).toEqual([h264, opus]);
    await until(() => listener.sound.length >= 50, 15_000);
    expect(listener.pictures).toBeGreaterThan(20);
    for (const { bytes, track } of listener.sound) {
      expect(opusSamples(bytes, 0, bytes.length)).toBe(960);
      expect(track).toBe(listener.tracks[1]);
    }
    const times = listener.sound.map(({ dts }) => dts);
    for (let i = 1; i < times.length; i++) expect(times[i]! - times[i - 1]!).toBeLessThanOrEqual(960);
    // The clip's media time and the newest sound are as far apart as frames of both are long, and a little work.
    // A library that is read from a cold disk for the first time lets some seconds pass first.
    const behind = () => camera.stream.newest - listener.sound.at(-1)!.dts / 48_000;
    await until(() => Math.abs(behind()) < 0.5, 5_000);
    leave();
    expect(vision.facts.tasks).toBe(0);
  });

  it('is heard again after the process was killed', async () => {
    const listener = new Listener();
    const leave = rendition().attach(listener, false);
    await until(() => listener.sound.length >= 5, 15_000);
    process.kill(vision.facts.pids[0]!, 'SIGKILL');
    const heard = listener.sound.length;
    await until(() => listener.sound.length > heard + 10, 5_000);
    leave();
  });

  it('leaves sound alone that a peer takes, and asks for nothing', () => {
    const publisher = new Publisher({
      tracks: [videoTrack(), { id: 2, kind: 'audio', format: opusFormat(1) }],
    });
    const listener = new Listener();
    const leave = rendition('opus', publisher.stream).attach(listener, true);
    expect(listener.tracks).toBe(publisher.stream.tracks);
    publisher.frame(publisher.audio!, 0);
    expect(listener.sound).toHaveLength(1);
    expect(vision.facts.tasks).toBe(0);
    publisher.close();
    expect(listener.ended).toBe(1);
    leave();
  });

  it('makes AAC of what no browser plays in MP4', () => {
    const telephone: Track = { id: 2, kind: 'audio', format: pcmFormat(pcmu, 8000, 1) };
    const publisher = new Publisher({ tracks: [videoTrack(), telephone] });
    const listener = new Listener();
    const stream = soundRendition({
      subject: 'yard',
      media: publisher.stream,
      carries: isAac,
      codec: 'aac',
      vision,
      pool: new SlabPool(),
      clock: systemClock,
    });
    const leave = stream.attach(listener, true);
    expect(listener.tracks[1]!.format).toMatchObject({
      codecString: 'mp4a.40.2',
      sampleRate: 16_000,
      channels: 1,
    });
    expect(vision.facts.tasks).toBe(1);
    leave();
    publisher.close();
  });

  it.each([
    [opusFormat(2), true],
    [pcmFormat(pcmu, 8000, 1), true],
    [pcmFormat(pcmu, 16_000, 1), false],
    [g722Format(1), true],
    [aac.formatFromRecord(Buffer.from('1408', 'hex')), false],
  ])('knows what WebRTC carries (%#)', (format, carried) => {
    expect(webRtcCarries(format as AudioFormat)).toBe(carried);
    expect(isOpus(format) && !carried).toBe(false);
  });
});
