import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adtsHeader, type Codec, type Format, isH264 } from '../codecs/index.ts';
import { RTP_HEADER, RtpSender, writeRtpHeader, writeSenderReport } from '../rtp/index.ts';
import { formatOf, pps, type SpsFacts, slice, sps } from '../rtp/payloads/testing/h264-units.ts';
import { formatSdp, parseSdp, type SdpMedia } from '../sdp/index.ts';
import { type Frame, FrameWriter, MediaStream, type Slab, SlabPool, type Track } from '../stream/index.ts';
import { FakeClock } from '../testing/index.ts';
import { playableMedia, RtspToStream } from './to-stream.ts';

const VGA: SpsFacts = { width: 640, height: 480 };
const HD: SpsFacts = { width: 1280, height: 720 };
const SDP_VIDEO = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=control:v'];
const SDP_AUDIO = [
  'm=audio 0 RTP/AVP 97',
  'a=rtpmap:97 MPEG4-GENERIC/16000/1',
  'a=fmtp:97 mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408',
];

const sprop = (facts: SpsFacts) =>
  `a=fmtp:96 sprop-parameter-sets=${[sps(facts), pps()].map((set) => set.toString('base64')).join(',')}`;
const media = (...lines: string[]): readonly SdpMedia[] => parseSdp(`v=0\r\n${lines.join('\r\n')}\r\n`).media;
const both = media(...SDP_VIDEO, sprop(VGA), ...SDP_AUDIO);

/** Knows what was ever allocated, so that a test can tell whether everything came back. */
class CountingPool extends SlabPool {
  allocated = 0;

  override open(bytes: number): Slab {
    const idle = this.idleBytes;
    const slab = super.open(bytes);
    if (this.idleBytes === idle) this.allocated += slab.buffer.length;
    return slab;
  }
}

/** What a reader saw, bytes copied. */
interface Seen {
  readonly kind: Track['kind'];
  readonly data: string;
  readonly dts: number;
  readonly pts: number;
  readonly key: boolean;
  readonly seconds: number;
}

function rig(sections: readonly SdpMedia[] = both) {
  const clock = new FakeClock();
  const pool = new CountingPool();
  const stream = new MediaStream({ stamp: () => undefined });
  const events: string[] = [];
  const frames: Seen[] = [];
  stream.attach(
    {
      onTracks: (tracks) => {
        const names = tracks.map(({ format }) => (isH264(format) ? String(format.width) : format.codec.name));
        events.push(`tracks ${names.join('+')}`);
      },
      onFrame: (frame: Frame) => {
        const { track, dts, pts, key, slab } = frame;
        events.push(`${track.kind}${key && track.kind === 'video' ? ' key' : ''}`);
        const data = slab.buffer.toString('hex', frame.payload, frame.end);
        frames.push({ kind: track.kind, data, dts, pts, key, seconds: dts / track.format.clockRate });
      },
      onEnd: () => events.push('end'),
    },
    false,
  );
  const open = (of = sections) =>
    new RtspToStream(of, {
      stream,
      pool,
      clock,
      zero: 0,
      onReady: () => events.push('ready'),
      onLive: () => events.push('live'),
    });
  const ingest = open();
  const sequences = [0, 0];
  /** One packet into a buffer that is overwritten after the call. */
  const rtp = (track: number, payload: Buffer, timestamp: number, marker = true, to = ingest) => {
    const b = Buffer.alloc(RTP_HEADER + payload.length);
    writeRtpHeader(b, 0, marker, 96 + track, sequences[track]!++ & 0xffff, timestamp, 1000 + track);
    payload.copy(b, RTP_HEADER);
    to.rtp(track, b, 0, b.length);
    b.fill(0xee);
  };
  const lose = (packets: number) => {
    sequences[0]! += packets;
  };
  const video = (timestamp: number, kind: 'idr' | 'p' = 'p', to = ingest) =>
    rtp(0, slice(kind), timestamp, true, to);
  const audio = (timestamp: number, to = ingest) =>
    rtp(1, Buffer.from([0, 16, 0, 24, 1, 2, 3]), timestamp, true, to);
  const key = (timestamp: number, facts: SpsFacts, to = ingest) => {
    for (const set of [sps(facts), pps()]) rtp(0, set, timestamp, false, to);
    video(timestamp, 'idr', to);
  };
  return { clock, pool, stream, events, frames, ingest, open, rtp, lose, video, audio, key };
}

describe('tracks', () => {
  it('known from the SDP: ready at once, live with the first key frame', () => {
    const { events, video, audio } = rig();
    expect(events).toEqual(['tracks 640+aac', 'ready']);
    audio(0);
    video(0);
    video(3000, 'idr');
    expect(events.slice(2)).toEqual(['audio', 'video', 'video key', 'live']);
  });

  it('quirk 41: sets in band only: the format is missing until they come', () => {
    const { events, ingest, video, audio, key, clock } = rig(media(...SDP_VIDEO, ...SDP_AUDIO));
    clock.advance(1000);
    audio(0);
    video(0);
    expect(events).toEqual([]);
    expect(ingest.unknownTracks).toEqual(['video']);
    // Nothing was published, so the watch over the source sees that nothing comes.
    expect(ingest.lastFrame).toBe(0);
    key(3000, HD);
    expect(events).toEqual(['tracks 1280+aac', 'ready', 'video key', 'live']);
    expect(ingest.unknownTracks).toEqual([]);
    expect(ingest.lastFrame).toBe(1000);
  });

  it('quirk 41: another resolution is announced before its key frame', () => {
    const { events, video, audio, key, ingest, pool } = rig();
    key(0, VGA);
    audio(0);
    key(3000, HD);
    video(6000);
    expect(events).toEqual([
      'tracks 640+aac',
      'ready',
      ...['video key', 'live', 'audio'],
      ...['tracks 1280+aac', 'video key', 'video'],
    ]);
    ingest.close();
    expect(pool.idleBytes).toBe(pool.allocated);
  });

  it('sound alone is live with its first frame', () => {
    const { events, rtp, ingest, clock } = rig(media(...SDP_AUDIO));
    clock.advance(500);
    const b = Buffer.from([0, 16, 0, 24, 1, 2, 3]);
    rtp(0, b, 0);
    expect(events).toEqual(['tracks aac', 'ready']);
    ingest.rtp(
      0,
      Buffer.concat([Buffer.from('806100010000000000000001', 'hex'), b]),
      0,
      RTP_HEADER + b.length,
    );
    expect(events.slice(2)).toEqual(['audio', 'live']);
    expect(ingest.lastFrame).toBe(500);
  });

  it('sound that goes on does not hide that the picture stands', () => {
    const { ingest, video, audio, clock } = rig();
    video(0, 'idr');
    for (let i = 0; i < 100; i++) {
      clock.advance(64);
      audio(i * 1024);
    }
    expect(ingest.lastFrame).toBe(0);
    video(90_000 * 6.4);
    expect(ingest.lastFrame).toBe(6400);
  });

  it('quirk 24: a clock rate of 0 in the SDP', () => {
    const zero = both.map((section) => ({ ...section, clockRate: 0 }));
    const { frames, video, audio } = rig(zero);
    video(0, 'idr');
    audio(0);
    video(90_000);
    audio(16_000);
    expect(frames.map(({ seconds }) => seconds)).toEqual([0, 0, 1, 1]);
  });

  it('quirk 50: RTP time of the rtpmap, ticks of the configuration', () => {
    const sections = media(...SDP_VIDEO, sprop(VGA), ...SDP_AUDIO).map((section) =>
      section.kind === 'audio'
        ? { ...section, fmtp: new Map([...section.fmtp, ['config', '2B098800']]) }
        : section,
    );
    const { stream, frames, audio } = rig(sections);
    expect(stream.tracks[1]!.format.clockRate).toBe(48_000);
    for (const at of [0, 16_000, 32_000]) audio(at);
    expect(frames.map(({ dts }) => dts)).toEqual([0, 48_000, 96_000]);
  });

  it('quirk 50: another rate in band is another track, time goes on', () => {
    const { stream, frames, rtp, audio, video, events } = rig();
    const config = { objectType: 2, sampleRate: 8000, channelConfig: 1, channels: 1, frameSamples: 1024 };
    const header = adtsHeader({ ...config, sbrSampleRate: undefined, ps: false }, 5);
    for (let i = 0; i < 10; i++) audio(i * 1024);
    const changed = (i: number) => rtp(1, Buffer.concat([header, Buffer.alloc(5, 1)]), i * 1024);
    for (let i = 10; i < 14; i++) changed(i);
    // It waits for a key frame: whoever begins anew loses no picture.
    const announced = () => events.filter((event) => event.startsWith('tracks')).length;
    video(0);
    expect(announced()).toBe(1);
    video(3000, 'idr');
    expect(announced()).toBe(2);
    expect(events.slice(-3)).toEqual(['tracks 640+aac', 'video key', 'live']);
    for (let i = 14; i < 20; i++) changed(i);
    expect(stream.tracks[1]!.format.clockRate).toBe(8000);
    const rising = frames.filter(({ kind }) => kind === 'audio').map(({ seconds }) => seconds);
    expect(rising).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 15, 16, 17, 18, 19].map((i) => (i * 64) / 1000),
    );
  });
});

describe('through a sender and back', () => {
  const tracks = (facts: SpsFacts): readonly [Track, Track] => [
    { id: 1, kind: 'video', format: formatOf(facts) },
    { id: 2, kind: 'audio', format: parsed(both[1]!) },
  ];

  function parsed(section: SdpMedia): Format {
    const codec: Codec = rig().stream.tracks[1]!.format.codec;
    return codec.formatFromSdp(section)!;
  }

  /** A published stream whose packets go into an ingest of the description it gives. */
  async function loop(frames: number, announce: boolean) {
    const source = new MediaStream({ stamp: () => undefined });
    const original = rig();
    const push = (frame: Frame) => source.push(frame);
    const [first, second] = tracks(VGA);
    const writers = [first, second].map(
      (track) => new FrameWriter({ track, pool: original.pool, clock: original.clock, push }),
    );
    source.setTracks([first, second]);
    const sent: { kind: string; data: string; key: boolean; seconds: number }[] = [];
    const publish = (i: number) => {
      const nals = i % 10 === 0 ? [slice('idr', 5000)] : [slice('p', 1400 + i), slice('p', 80, 9)];
      writers[0]!.begin();
      for (const nal of nals) writers[0]!.nal(nal, 0, nal.length);
      writers[0]!.finish(90_000 + i * 3600, 90_000 + i * 3600, i % 10 === 0);
      writers[1]!.begin();
      writers[1]!.append(Buffer.alloc(30 + i, i), 0, 30 + i);
      writers[1]!.finish(16_000 + i * 640 + 100, 16_000 + i * 640 + 100, true);
    };
    source.attach(
      {
        onTracks: () => undefined,
        onFrame: ({ track, slab, payload, end, key, dts }) => {
          const data = slab.buffer.toString('hex', payload, end);
          sent.push({ kind: track.kind, data, key, seconds: dts / track.format.clockRate });
        },
        onEnd: () => undefined,
      },
      false,
    );
    let random = 99;
    const random32 = () => {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      return random;
    };
    const sender = new RtpSender(source, { clock: original.clock, random32 });
    for (let i = 0; i < 5; i++) publish(i);
    const sdp = parseSdp(
      formatSdp({
        name: 'loop',
        sessionId: '1',
        tracks: sender.tracks.map(({ track, payloadType }, at) => ({ track, payloadType, control: `${at}` })),
      }),
    );
    const here = rig(playableMedia(sdp).map((index) => sdp.media[index]!));
    here.clock.advance(2000);
    const viewer = {
      packets(chunk: Buffer, trackIndex: number) {
        const copy = Buffer.from(chunk);
        for (let at = 0; at < copy.length; ) {
          const end = at + 4 + copy.readUInt16BE(at + 2);
          if (copy[at + 1]! & 1) here.ingest.rtcp(trackIndex, copy, at + 4, end);
          else here.ingest.rtp(trackIndex, copy, at + 4, end);
          at = end;
        }
      },
      end: () => undefined,
    };
    const join = sender.join(viewer, true);
    if (announce) here.ingest.begin(join.tracks.map((start) => ({ ...start, ssrc: undefined })));
    await Promise.resolve();
    for (let i = 5; i < frames; i++) {
      original.clock.advance(40);
      here.clock.advance(40);
      publish(i);
    }
    return { sent, got: here.frames, ingest: here.ingest, source, writers, here, original };
  }

  it.each([
    ['with RTP-Info', true],
    ['with sender reports only', false],
  ])('%s every frame comes back, sound and picture in step', async (_name, announce) => {
    const { sent, got, ingest } = await loop(500, announce);
    const plain = (all: readonly { kind: string; data: string; key: boolean }[]) =>
      all.map(({ kind, data, key }) => [kind, data, key]);
    expect(plain(got)).toEqual(plain(sent));
    expect(ingest.counters).toMatchObject({ lost: 0, dropped: 0 });
    const offset = sent[0]!.seconds - got[0]!.seconds;
    for (const [i, { kind, seconds }] of got.entries()) {
      const off = sent[i]!.seconds - seconds - offset;
      // Without RTP-Info sound is put right with the first report, a little in each frame.
      if (announce || kind === 'video' || i > 20) expect(Math.abs(off)).toBeLessThan(0.001);
    }
  });

  it('all memory comes back', async () => {
    const { here, ingest, source, writers, original } = await loop(300, true);
    source.end();
    for (const writer of writers) writer.close();
    expect(original.pool.idleBytes).toBe(original.pool.allocated);
    expect(here.pool.idleBytes).toBeLessThan(here.pool.allocated);
    ingest.close();
    expect(here.pool.idleBytes).toBe(here.pool.allocated);
  });
});

describe('time', () => {
  const report = (ssrc: number, ntp: number, timestamp: number): Buffer =>
    writeSenderReport({ ssrc, timestamp, packets: 0, octets: 0 }, ntp * 1000, 'camera');

  it.each([
    ['of the track', 1001, 0.3],
    ['quirk 35: of a source that does not exist', 7, 0],
  ])('a sender report %s', (_name, ssrc, moved) => {
    const { ingest, video, audio, frames, clock } = rig();
    video(90_000, 'idr');
    clock.advance(300);
    audio(16_000);
    const reports = [report(1000, 1000, 90_000), report(ssrc, 1000, 16_000)];
    for (const [track, bytes] of reports.entries()) ingest.rtcp(track, bytes, 0, bytes.length);
    for (let i = 1; i < 30; i++) audio(16_000 + i * 1024);
    const last = frames.at(-1)!;
    expect(last.seconds).toBeCloseTo((29 * 1024) / 16_000 + 0.3 - moved, 3);
  });

  it('a new session goes on behind the last one, whatever it ran ahead (quirk 55)', () => {
    const { ingest, open, video, audio, frames, clock } = rig();
    clock.advance(1000);
    for (let i = 0; i < 100; i++) {
      video(i * 3600, i === 0 ? 'idr' : 'p');
      audio(i * 640);
    }
    ingest.close();
    clock.advance(500);
    const next = open();
    video(7, 'idr', next);
    audio(9, next);
    video(3607, 'p', next);
    for (const kind of ['video', 'audio']) {
      const times = frames.filter((frame) => frame.kind === kind).map(({ seconds }) => seconds);
      for (let i = 1; i < times.length; i++) expect(times[i]).toBeGreaterThan(times[i - 1]!);
    }
    expect(frames.at(-1)!.seconds).toBeCloseTo(5.54, 3);
  });

  it('RTP-Info counts only when it speaks of every track', () => {
    const start = (trackIndex: number, rtptime: number | undefined) => {
      return { trackIndex, seq: undefined, ssrc: undefined, rtptime };
    };
    for (const [rtptime, sound] of [
      [8000, 0.5],
      [undefined, 0],
    ] as const) {
      const { ingest, video, audio, frames } = rig();
      ingest.begin([start(0, 0), start(1, rtptime)]);
      video(0, 'idr');
      audio(16_000);
      expect(frames.map(({ seconds }) => seconds)).toEqual([0, sound]);
    }
  });
});

describe('what goes wrong', () => {
  it('quirk 32: tracks that were never set up, and packets before the answer to PLAY', () => {
    const { ingest, video, events } = rig();
    ingest.rtp(5, Buffer.alloc(20, 0x80), 0, 20);
    ingest.rtcp(5, Buffer.alloc(20, 0x80), 0, 20);
    video(0, 'idr');
    ingest.begin([]);
    expect(events).toContain('live');
  });

  it('counts what was lost and dropped, and goes on', () => {
    const { ingest, rtp, lose, video, frames } = rig();
    video(0, 'idr');
    rtp(0, Buffer.from([0x7c, 0x81, 0x88, 1, 2]), 3000, false);
    lose(2);
    video(6000);
    expect(ingest.counters).toEqual({ bytes: 36 + 2 * 40 + 5, packets: 3, lost: 2, dropped: 1 });
    expect(frames.map(({ dts }) => dts)).toEqual([0, 6000]);
  });

  it('close is idempotent, ends the tracks once, and nothing after it is taken', () => {
    const { ingest, stream, pool, events, video, audio } = rig();
    video(0, 'idr');
    audio(0);
    const { counters } = ingest;
    ingest.close();
    ingest.close();
    expect(events.slice(-1)).toEqual(['tracks ']);
    expect(events.filter((event) => event === 'tracks ')).toHaveLength(1);
    video(3000);
    audio(1024);
    expect(stream.tracks).toEqual([]);
    expect(pool.idleBytes).toBe(pool.allocated);
    expect(ingest.counters).toEqual(counters);
  });

  it('quirk 8: receiver reports go to the tracks that come, from a source that is not the camera', () => {
    const { ingest, video } = rig();
    const sent: [number, string][] = [];
    ingest.receiverReports((track, packet) => sent.push([track, packet.toString('hex')]));
    video(0, 'idr');
    ingest.receiverReports((track, packet) => sent.push([track, packet.toString('hex')]));
    expect(sent).toEqual([[0, `80c90001${(~1000 >>> 0).toString(16)}`]]);
  });

  it('survives any packets and reports; all memory comes back', () => {
    const packet = fc.record({
      track: fc.nat({ max: 2 }),
      rtcp: fc.boolean(),
      head: fc.constantFrom('8060', '80e0', '8061', '80e1', '80c8', '90e0', 'a0e0', 'ffff'),
      rest: fc.uint8Array({ maxLength: 60 }),
      wait: fc.nat({ max: 4000 }),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 30 }), fc.boolean(), (packets, known) => {
        const { ingest, frames, clock, pool } = rig(known ? both : media(...SDP_VIDEO, ...SDP_AUDIO));
        for (const { track, rtcp, head, rest, wait } of packets) {
          clock.advance(wait);
          const bytes = Buffer.concat([Buffer.from(head, 'hex'), rest]);
          if (rtcp) ingest.rtcp(track, bytes, 0, bytes.length);
          else ingest.rtp(track, bytes, 0, bytes.length);
        }
        const last = { video: -1, audio: -1 };
        for (const { kind, dts } of frames) {
          expect(dts).toBeGreaterThan(last[kind]);
          last[kind] = dts;
        }
        ingest.close();
        expect(pool.idleBytes).toBe(pool.allocated);
      }),
      { seed: 32, numRuns: 10_000 },
    );
  });
});

describe('playableMedia', () => {
  const audio = (name: string) => ['m=audio 0 RTP/AVP 97', `a=rtpmap:97 ${name}/16000`];
  const video = (name: string) => ['m=video 0 RTP/AVP 96', `a=rtpmap:96 ${name}/90000`];

  it('only what the caller can use: the sound behind one that no browser plays', () => {
    const lines = [...SDP_VIDEO, 'm=audio 0 RTP/AVP 0', ...SDP_AUDIO];
    const sdp = parseSdp(`v=0\r\n${lines.join('\r\n')}\r\n`);
    expect(playableMedia(sdp)).toEqual([0, 1]);
    expect(playableMedia(sdp, (codec) => codec.browser)).toEqual([0, 2]);
  });

  it.each([
    ['picture and sound, in any order', [...SDP_AUDIO, ...SDP_VIDEO], [1, 0]],
    ['the first of several', [...SDP_VIDEO, ...SDP_VIDEO, ...SDP_AUDIO, ...SDP_AUDIO], [0, 2]],
    [
      'quirk 52: a codec we do not carry leaves the others',
      [...audio('SPEEX'), ...SDP_VIDEO, ...SDP_AUDIO],
      [1, 2],
    ],
    [
      'sound whose configuration is broken',
      [...SDP_VIDEO, ...audio('MPEG4-GENERIC'), 'a=fmtp:97 config=zz'],
      [0],
    ],
    [
      'quirk 20: metadata',
      [...SDP_VIDEO, 'm=application 0 RTP/AVP 107', 'a=rtpmap:107 vnd.onvif.metadata/90000'],
      [0],
    ],
    ['nothing', video('XYZ'), []],
    [
      'quirk 17: a back channel is no sound of the camera',
      [...SDP_VIDEO, ...SDP_AUDIO, 'a=sendonly', ...SDP_AUDIO],
      [0, 2],
    ],
    ['quirk 17: a picture flagged as back channel is one', [...SDP_VIDEO, 'a=sendonly'], [0]],
  ])('%s', (_name, lines, indexes) => {
    expect(playableMedia(parseSdp(`v=0\r\n${lines.join('\r\n')}\r\n`))).toEqual(indexes);
  });
});
