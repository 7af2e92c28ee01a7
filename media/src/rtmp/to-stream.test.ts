import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { aac, h264, h265, isH264, opus, opusFormat, pcma, pcmFormat } from '../codecs/index.ts';
import { FlvFan, FlvReader, flvFileHeader, flvFraming, fourCcOf, opusHeadFromDops } from '../flv/index.ts';
import { type Frame, FrameWriter, MediaStream, SlabPool, type Track } from '../stream/index.ts';
import { FakeClock } from '../testing/index.ts';
import { film, OTHER_PPS, PPS, SPS, slice, tell, units } from './testing/film.ts';
import { hevc } from './testing/hevc.ts';
import { FlvToStream } from './to-stream.ts';

interface Seen {
  readonly kind: string;
  readonly dts: number;
  readonly pts: number;
  readonly key: boolean;
  readonly payload: string;
  readonly codec: string;
}

let clock: FakeClock;
let stream: MediaStream;
let frames: Seen[];
let tracks: string[][];
let log: string[];
let ingest: FlvToStream;

const see = (frame: Frame): Seen => ({
  kind: frame.track.kind,
  dts: frame.dts,
  pts: frame.pts,
  key: frame.key,
  payload: frame.slab.buffer.toString('hex', frame.payload, frame.end),
  codec: frame.track.format.codec.name,
});

function begin(): void {
  ingest = new FlvToStream({
    stream,
    pool: new SlabPool(),
    clock,
    zero: 0,
    onReady: () => log.push('ready'),
    onLive: () => log.push('live'),
  });
}

beforeEach(() => {
  clock = new FakeClock();
  clock.advance(10_000);
  stream = new MediaStream({ stamp: () => undefined });
  frames = [];
  tracks = [];
  log = [];
  stream.attach(
    {
      onTracks: (now) => void tracks.push(now.map(({ format }) => format.codec.name)),
      onFrame: (frame) => void frames.push(see(frame)),
      onEnd: () => undefined,
    },
    false,
  );
  begin();
});

const ofKind = (kind: string): Seen[] => frames.filter((frame) => frame.kind === kind);

/** Plays `seconds` of 25 pictures a second with sound, the clock going along. */
function play(seconds: number, options: { from?: number; gop?: number; sound?: boolean } = {}): number {
  const { from = 0, gop = 25, sound = true } = options;
  let nextSound = from;
  for (let i = 0; i < seconds * 25; i++) {
    const at = from + i * 40;
    tell(ingest, 'video', at % 2 ** 32, film.picture(i % gop === 0));
    while (sound && nextSound < at + 40) {
      tell(ingest, 'audio', Math.floor(nextSound) % 2 ** 32, film.sound());
      nextSound += (1024 / 44_100) * 1000;
    }
    clock.advance(40);
  }
  return from + seconds * 1000;
}

function describeBoth(): void {
  tell(ingest, 'script', 0, film.metadata({ videocodecid: 7, audiocodecid: 10 }));
  tell(ingest, 'video', 0, film.record());
  tell(ingest, 'audio', 0, film.soundRecord());
}

describe('the messages of a publisher become frames', () => {
  it('that begin with the first key frame, in step', () => {
    describeBoth();
    play(2);
    expect(log).toEqual(['ready', 'live']);
    expect(tracks).toEqual([['h264', 'aac']]);
    const [video, audio] = [ofKind('video'), ofKind('audio')];
    expect(video).toHaveLength(50);
    expect(video[0]).toMatchObject({ dts: 900_000, pts: 900_000, key: true });
    expect(video[1]!.dts - video[0]!.dts).toBe(3600);
    // The first sound lies where the first picture does.
    expect(audio[0]!.dts / 44_100).toBeCloseTo(10, 2);
    const steps = audio.slice(1).map(({ dts }, index) => dts - audio[index]!.dts);
    expect(Math.max(...steps.map((step) => Math.abs(step - 1024)))).toBeLessThanOrEqual(1);
    expect(video.at(-1)!.dts / 90_000 - audio.at(-1)!.dts / 44_100).toBeLessThan(0.04);
  });

  it('with lengths of four bytes and without parameter sets, delimiters and filler', () => {
    describeBoth();
    const sei = Buffer.from([6, 5, 1, 0x80]);
    const body = units(
      Buffer.from([9, 0x10]),
      SPS,
      PPS,
      sei,
      slice(true, 2),
      slice(true, 3),
      Buffer.from([12, 0xff]),
    );
    tell(ingest, 'video', 0, film.picture(true, body));
    expect(frames[0]?.payload).toBe(units(sei, slice(true, 2), slice(true, 3)).toString('hex'));
    expect(tracks).toHaveLength(1);
  });

  it('with lengths of two bytes in the message', () => {
    const record = film.record();
    record[5 + 4] = 0xfd;
    tell(ingest, 'video', 0, record);
    tell(ingest, 'audio', 0, film.soundRecord());
    const nal = slice(true, 4);
    const short = Buffer.concat([Buffer.from([0, nal.length]), nal]);
    tell(ingest, 'video', 0, film.picture(true, short));
    expect(frames[0]?.payload).toBe(units(nal).toString('hex'));
  });

  it('although they are a byte stream with start codes', () => {
    describeBoth();
    const nal = slice(true, 4);
    const body = Buffer.concat([
      Buffer.from([0, 0, 0, 1]),
      SPS,
      Buffer.from([0, 0, 1]),
      PPS,
      Buffer.from([0, 0, 1]),
      nal,
    ]);
    tell(ingest, 'video', 0, film.picture(true, body));
    expect(frames[0]?.payload).toBe(units(nal).toString('hex'));
  });

  it('shown later than decoded, where pictures are reordered', () => {
    describeBoth();
    tell(ingest, 'video', 0, film.picture(true, undefined, 80));
    tell(ingest, 'video', 40, film.picture(false, undefined, 160));
    tell(ingest, 'video', 80, film.picture(false, undefined, -10));
    expect(ofKind('video').map(({ dts, pts }) => pts - dts)).toEqual([7200, 14_400, 0]);
  });

  it('a new set of parameters, in a record or in band, begins a new format at a key frame', () => {
    describeBoth();
    play(0.2, { sound: false });
    tell(ingest, 'video', 200, film.record());
    expect(tracks).toHaveLength(1);
    tell(ingest, 'video', 200, film.record(OTHER_PPS));
    tell(ingest, 'video', 200, film.picture(true));
    expect(tracks).toHaveLength(2);
    tell(ingest, 'video', 240, film.picture(true, units(PPS, slice(true))));
    expect(tracks).toHaveLength(3);
    const { format } = stream.tracks[0]!;
    expect(isH264(format) && format.pps[0]).toEqual(PPS);
    expect(log).toEqual(['ready', 'live']);
  });

  it('a frame whose lengths do not fit is given up, the next one comes', () => {
    describeBoth();
    tell(ingest, 'video', 0, film.picture(true));
    tell(ingest, 'video', 40, film.picture(false, Buffer.from('000000ff41aa', 'hex')));
    tell(ingest, 'video', 80, film.picture(false));
    expect(ofKind('video')).toHaveLength(2);
    expect(ingest.counters).toMatchObject({ dropped: 1, packets: 6 });
  });

  it('sound with ADTS headers, and no record', () => {
    const adts = Buffer.from('fff15080027ffc', 'hex');
    const frame = Buffer.concat([Buffer.from([0xaf, 1]), adts, Buffer.alloc(12, 1)]);
    tell(ingest, 'video', 0, film.record());
    tell(ingest, 'video', 0, film.picture(true));
    tell(ingest, 'audio', 0, frame);
    expect(tracks).toEqual([['h264', 'aac']]);
    expect(ofKind('audio')[0]?.payload).toBe('01'.repeat(12));
  });

  it('gives everything back when it is closed, and the stream has no tracks', () => {
    const pool = new SlabPool();
    ingest = new FlvToStream({
      stream,
      pool,
      clock,
      zero: 0,
      onReady: () => undefined,
      onLive: () => undefined,
    });
    describeBoth();
    play(1);
    ingest.close();
    ingest.close();
    stream.end();
    expect(tracks.at(-1)).toEqual([]);
    tell(ingest, 'video', 0, film.picture(true));
    expect(stream.tracks).toEqual([]);
  });
});

describe('quirk 59: nobody says which tracks there are', () => {
  it.each([
    ['no metadata', undefined],
    ['null', null],
    ['without videocodecid', { audiocodecid: 10, width: 1920 }],
    ['empty', {}],
  ])('%s: both tracks are there when both have come', (_name, members) => {
    if (members !== undefined) tell(ingest, 'script', 0, film.metadata(members));
    tell(ingest, 'video', 0, film.record());
    expect(log).toEqual([]);
    tell(ingest, 'audio', 0, film.soundRecord());
    expect(log).toEqual(['ready']);
    expect(tracks).toEqual([['h264', 'aac']]);
  });

  it('metadata that speaks of pictures alone is believed at once', () => {
    tell(ingest, 'script', 0, film.metadata({ videocodecid: 7 }));
    tell(ingest, 'video', 0, film.record());
    expect(log).toEqual(['ready']);
  });

  it('nothing is lost of the pictures before it was known that there is no sound', () => {
    tell(ingest, 'video', 0, film.record());
    play(2, { sound: false });
    expect(tracks).toEqual([['h264']]);
    expect(ofKind('video')).toHaveLength(50);
    expect(frames[0]).toMatchObject({ key: true, dts: 900_000 });
  });

  it('sound that is described after the first key frame belongs to it', () => {
    tell(ingest, 'script', 0, film.metadata({ videocodecid: 7, audiocodecid: 10 }));
    tell(ingest, 'video', 0, film.record());
    play(2, { sound: false, gop: 50 });
    expect(log).toEqual([]);
    tell(ingest, 'audio', 2000, film.soundRecord());
    play(1, { from: 2000, gop: 50 });
    expect(tracks).toEqual([['h264', 'aac']]);
    expect(ofKind('video')).toHaveLength(75);
  });

  it('sound that comes much later begins a new set of tracks, and pictures go on', () => {
    tell(ingest, 'video', 0, film.record());
    const at = play(5, { sound: false });
    tell(ingest, 'audio', at, film.soundRecord());
    play(1, { from: at });
    expect(tracks).toEqual([['h264'], ['h264', 'aac']]);
    expect(ofKind('video')).toHaveLength(150);
    expect(ofKind('audio').length).toBeGreaterThan(40);
    expect(log).toEqual(['ready', 'live']);
  });

  it('the first picture comes after 3 s of sound', () => {
    tell(ingest, 'audio', 0, film.soundRecord());
    for (let at = 0; at < 3000; at += 20) {
      tell(ingest, 'audio', at, film.sound());
      clock.advance(20);
    }
    expect(log).toEqual([]);
    tell(ingest, 'video', 3000, film.record());
    play(1, { from: 3000 });
    expect(tracks).toEqual([['h264', 'aac']]);
  });

  it('sound alone is a stream too', () => {
    tell(ingest, 'audio', 0, film.soundRecord());
    for (let at = 0; at < 5000; at += 20) {
      tell(ingest, 'audio', at, film.sound());
      clock.advance(20);
    }
    expect(tracks).toEqual([['aac']]);
    expect(log).toEqual(['ready', 'live']);
    expect(ingest.lastFrame).toBeGreaterThan(14_000);
  });

  it('what nobody carries is named, and the rest plays', () => {
    tell(ingest, 'video', 0, Buffer.from('22000084', 'hex'));
    tell(ingest, 'audio', 0, Buffer.from('2eaabb', 'hex'));
    expect(ingest.trouble).toBe('video codec 2, audio codec 2: not carried');
    tell(ingest, 'video', 0, film.record());
    play(2, { sound: false });
    expect(tracks).toEqual([['h264']]);
  });

  it('a track without its configuration is named', () => {
    tell(ingest, 'video', 0, film.picture(true));
    expect(ingest.trouble).toBe('video without its configuration');
    expect(log).toEqual([]);
  });
});

describe('quirk 60: time', () => {
  it('goes on over the wrap at 2^32 ms', () => {
    describeBoth();
    play(4, { from: 2 ** 32 - 2000 });
    const steps = ofKind('video')
      .slice(1)
      .map(({ dts }, index) => dts - ofKind('video')[index]!.dts);
    expect(new Set(steps)).toEqual(new Set([3600]));
  });

  it('a jump, there and back, is a gap of at most what passed', () => {
    describeBoth();
    play(2);
    play(2, { from: 3_600_000 });
    play(2, { from: 0 });
    const video = ofKind('video');
    expect(video).toHaveLength(150);
    expect(video.every(({ dts }, index) => index === 0 || dts > video[index - 1]!.dts)).toBe(true);
    expect((video.at(-1)!.dts - video[0]!.dts) / 90_000).toBeLessThan(8);
    expect(Math.abs(video.at(-1)!.dts / 90_000 - ofKind('audio').at(-1)!.dts / 44_100)).toBeLessThan(0.2);
  });

  it('times rise over sessions', () => {
    describeBoth();
    play(2);
    ingest.close();
    const last = ofKind('video').at(-1)!.dts;
    begin();
    describeBoth();
    play(1);
    expect(ofKind('video')[50]!.dts).toBeGreaterThan(last);
  });
});

describe('quirk 63: what drones send among their pictures', () => {
  it.each([
    ['a codec number that nobody has', 'video', '2b0100000000000004', 'video codec 11'],
    ['four characters that are no codec', 'video', '91ffff8b1700000000', 'video codec \\?\\?\\?\\?'],
    ['sound of the device alone', 'audio', 'ff0021', 'audio codec 15'],
    ['a picture under another codec’s number', 'video', '2c010000000000000441885a5a', ''],
    ['sound under another codec’s number', 'audio', '7255555555', ''],
    ['a unit that is longer than its message', 'video', '2701000000ffffffff41885a', ''],
    ['a unit that its message breaks off', 'video', '2701000000000000', ''],
    ['a message of nothing', 'video', '', ''],
    ['a head without a body', 'video', '27', ''],
  ] as const)('%s changes nothing', (_name, type, bytes, trouble) => {
    describeBoth();
    play(1);
    tell(ingest, type, 1000, Buffer.from(bytes, 'hex'));
    play(1, { from: 1000 });
    expect(ofKind('video')).toHaveLength(50);
    expect(ofKind('audio').length).toBeGreaterThan(80);
    expect([log, tracks]).toEqual([['ready', 'live'], [['h264', 'aac']]]);
    expect(ingest.trouble ?? '').toMatch(new RegExp(`^${trouble}(: not carried)?$`));
  });

  it('sound of another codec that goes on takes the place of the one before', () => {
    describeBoth();
    play(1);
    const before = ofKind('audio').length;
    for (let i = 0; i < 20; i++)
      tell(ingest, 'audio', 1000 + i * 20, Buffer.from(`72${'55'.repeat(160)}`, 'hex'));
    expect(ofKind('audio').length).toBe(before + 13);
    expect(tracks.at(-1)).toEqual(['h264', 'pcma']);
  });
});

describe('quirk 62: H.265', () => {
  const { record, picture } = hevc;
  const bytes = (head: string, ...rest: Buffer[]): Buffer =>
    Buffer.concat([Buffer.from(head, 'hex'), ...rest]);
  const hvc1 = Buffer.from('hvc1').toString('hex');

  it.each([
    ['by the number 12', '1c00000000', '1c01000000'],
    ['as hvc1', `90${hvc1}`, `91${hvc1}000000`],
    ['as hvc1 without an offset', `90${hvc1}`, `93${hvc1}`],
  ])('%s', (_name, config, frame) => {
    tell(ingest, 'script', 0, film.metadata({ videocodecid: fourCcOf('hvc1') }));
    tell(ingest, 'video', 0, bytes(config, record));
    tell(ingest, 'video', 0, bytes(frame, picture));
    expect(tracks).toEqual([['h265']]);
    expect(frames[0]).toMatchObject({ key: true, payload: picture.toString('hex') });
  });

  it('a publisher that changes from H.264 to it', () => {
    describeBoth();
    const at = play(1);
    tell(ingest, 'video', at, bytes(`90${hvc1}`, record));
    tell(ingest, 'video', at, bytes(`93${hvc1}`, picture));
    expect(tracks).toEqual([
      ['h264', 'aac'],
      ['h265', 'aac'],
    ]);
    expect(ofKind('video').at(-1)!.dts).toBeGreaterThan(ofKind('video').at(-2)!.dts);
  });
});

describe('what goes out as FLV comes in again as it was', () => {
  const formats: [string, Track['kind'], Track['format']][] = [
    ['h264', 'video', h264.formatFromRecord(film.record().subarray(5))],
    ['aac', 'audio', aac.formatFromRecord(Buffer.from('1210', 'hex'))],
    ['opus', 'audio', opusFormat(2)],
    ['pcma', 'audio', pcmFormat(pcma, 8000, 1)],
  ];

  it.each(formats)('%s', (_name, kind, format) => {
    const source = new MediaStream({ stamp: () => undefined });
    const reader = new FlvReader(ingest);
    const fan = new FlvFan({ stream: source, framing: flvFraming });
    const track: Track = { id: kind === 'video' ? 1 : 2, kind, format };
    const sent: Seen[] = [];
    const writer = new FrameWriter({
      track,
      pool: new SlabPool(),
      clock,
      push: (frame) => {
        sent.push(see(frame));
        source.push(frame);
      },
    });
    source.setTracks([track]);
    fan.join({
      onHeaders: (messages, now) => {
        reader.read(flvFileHeader(now));
        for (const message of messages) reader.read(message);
      },
      onBacklog: () => undefined,
      onMessage: (message) => reader.read(message),
      onEnd: () => undefined,
    });
    for (let i = 0; i < 150; i++) {
      writer.begin();
      if (kind === 'video') writer.nal(slice(i % 25 === 0), 0, 42);
      else writer.append(Buffer.alloc(20, i), 0, 20);
      const dts = i * 0.04 * format.clockRate;
      writer.finish(dts, dts + (kind === 'video' ? 3600 : 0), kind === 'audio' || i % 25 === 0);
      clock.advance(40);
    }
    expect(tracks).toEqual([[format.codec.name]]);
    const came = stream.tracks[0]!.format;
    expect([came.codecString, came.record.toString('hex')]).toEqual([
      format.codecString,
      format.record.toString('hex'),
    ]);
    expect(frames.map(({ payload, key }) => [payload, key])).toEqual(
      sent.map(({ payload, key }) => [payload, key]),
    );
    if (kind === 'video') expect(frames.map(({ pts, dts }) => pts - dts)).toEqual(sent.map(() => 3600));
  });

  it('knows the codecs it has names for', () => {
    expect([h264, h265, aac, opus, pcma].every((codec) => codec.flv)).toBe(true);
    expect(opusHeadFromDops(opusFormat(1).record).toString('latin1', 0, 8)).toBe('OpusHead');
  });
});

it('100,000 generated messages: frames or nothing, never an exception', () => {
  describeBoth();
  const heads = fc.constantFrom(
    '1700000000',
    '1701000000',
    '2701000000',
    'af00',
    'af01',
    '9068766331',
    '9168766331',
    '95',
    '72',
    '',
  );
  const kinds = fc.constantFrom<'video' | 'audio' | 'script'>('video', 'audio', 'script');
  const rest = fc.uint8Array({ maxLength: 40 });
  const known = [film.record().subarray(5), units(slice(true, 4)), Buffer.alloc(0)];
  fc.assert(
    fc.property(
      kinds,
      heads,
      fc.constantFrom(...known),
      rest,
      fc.nat(0xffffffff),
      (kind, head, body, tail, time) => {
        tell(ingest, kind, time, Buffer.concat([Buffer.from(head, 'hex'), body, tail]));
      },
    ),
    { seed: 67, numRuns: 100_000 },
  );
  expect(frames.length).toBeGreaterThan(1000);
  expect(frames.every(({ dts, pts }) => pts >= dts && Number.isSafeInteger(dts))).toBe(true);
});
