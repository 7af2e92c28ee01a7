import { execFile } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  aacFormat,
  h264Format,
  isKey,
  isParameterSet,
  isSlice,
  nalType,
  parseAdts,
  splitAnnexB,
  startsAccessUnit,
} from '@nightjar/media/codecs'; // house: arrows exempt because ffmpeg judges the library's files, which no wire carries as they are
import { formatMediaPlaylist, type PlaylistSegment } from '@nightjar/media/hls'; // house: arrows exempt because ffmpeg judges the library's files, which no wire carries as they are
import {
  initSegment,
  openMp4,
  type RandomAccess,
  readFragments,
  rebaseFragment,
  type Sample,
  scanMp4,
  stampFragment,
  writeMfra,
  writePrft,
} from '@nightjar/media/mp4'; // house: arrows exempt because ffmpeg judges the library's files, which no wire carries as they are
import { FRAME_HEADROOM, Frame, SlabPool, type Track } from '@nightjar/media/stream'; // house: arrows exempt because ffmpeg judges the library's files, which no wire carries as they are
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const SECONDS = 4;
const VIDEO_STEP = 90_000 / 25;

let folder: string;
let file: string;
let made: Made;

interface Made {
  tracks: Track[];
  bytes: Buffer;
  initEnd: number;
  points: { time: number; moofOffset: number }[];
  pictures: Buffer[];
  sounds: Buffer[];
}

async function ffmpeg(...args: string[]): Promise<string> {
  const { stderr } = await run('ffmpeg', ['-hide_banner', '-v', 'warning', '-nostdin', '-y', ...args]);
  return stderr;
}

interface Packet {
  codec_type: string;
  pts: number;
  dts: number;
  duration: number;
  size: string;
  pos: string;
  flags: string;
}

async function probe(
  path: string,
  ...args: string[]
): Promise<{ packets: Packet[]; streams: Record<string, unknown>[] }> {
  const all = ['-v', 'warning', '-of', 'json', '-show_packets', '-show_streams', ...args, path];
  const { stdout, stderr } = await run('ffprobe', all, { maxBuffer: 64 * 1024 * 1024 });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/** Access units with 4-byte NAL lengths, and the track of their parameter sets. */
function pictures(annexB: Buffer): { track: Track; units: Buffer[] } {
  const nals = splitAnnexB(annexB);
  const sets = nals.filter((nal) => isParameterSet(nalType(nal, 0)));
  const units: Buffer[][] = [];
  let afterSlice = true;
  for (const nal of nals) {
    if (startsAccessUnit(nal, 0, nal.length, afterSlice)) units.push([]);
    afterSlice = isSlice(nalType(nal, 0));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(nal.length);
    if (!isParameterSet(nalType(nal, 0))) units.at(-1)!.push(length, nal);
  }
  return {
    track: { id: 1, kind: 'video', format: h264Format(sets, []) },
    units: units.map((unit) => Buffer.concat(unit)),
  };
}

function sounds(adts: Buffer): { track: Track; units: Buffer[] } {
  const units: Buffer[] = [];
  const first = parseAdts(adts, 0, adts.length)!;
  for (let at = 0; at < adts.length; ) {
    const header = parseAdts(adts, at, adts.length)!;
    units.push(adts.subarray(at + header.headerBytes, at + header.frameBytes));
    at += header.frameBytes;
  }
  return { track: { id: 2, kind: 'audio', format: aacFormat(first.config) }, units };
}

/** Interleaves both by time, each access unit a fragment, as a recorder does. */
function record(video: ReturnType<typeof pictures>, audio: ReturnType<typeof sounds>): Made {
  const tracks = [video.track, audio.track];
  const parts = [initSegment(tracks, { description: Buffer.from('clip') })];
  const initEnd = parts[0]!.length;
  let at = initEnd;
  const points: Made['points'] = [];
  const last = new Map<number, Frame>();
  const pool = new SlabPool();
  const append = (bytes: Buffer) => {
    parts.push(bytes);
    at += bytes.length;
  };
  const push = (track: Track, unit: Buffer, dts: number, key: boolean, duration: number) => {
    const slab = pool.open(FRAME_HEADROOM + unit.length);
    unit.copy(slab.buffer, FRAME_HEADROOM);
    const frame = new Frame(track, slab, 0, FRAME_HEADROOM + unit.length, dts, dts, duration, key, 0);
    stampFragment(frame, last.get(track.id));
    last.set(track.id, frame);
    if (key && track === video.track) {
      append(writePrft({ trackId: 1, utc: 1_700_000_000_000 + dts / 90, mediaTime: dts }));
      points.push({ time: dts, moofOffset: at });
    }
    append(slab.buffer.subarray(0, frame.end));
  };
  let sound = 0;
  for (const [n, unit] of video.units.entries()) {
    push(video.track, unit, n * VIDEO_STEP, isKey(lastNalType(unit)), VIDEO_STEP);
    while (
      sound < audio.units.length &&
      sound * 1024 * 90_000 < (n + 1) * VIDEO_STEP * audio.track.format.clockRate
    ) {
      push(audio.track, audio.units[sound]!, sound++ * 1024, true, 1024);
    }
  }
  append(writeMfra([{ trackId: 1, points }]));
  return {
    tracks,
    bytes: Buffer.concat(parts),
    initEnd,
    points,
    pictures: video.units,
    sounds: audio.units.slice(0, sound),
  };
}

function lastNalType(unit: Buffer): number {
  let at = 0;
  for (;;) {
    const next = at + 4 + unit.readUInt32BE(at);
    if (next >= unit.length) return nalType(unit, at + 4);
    at = next;
  }
}

/** Reads a real file through a handle. */
async function reading<T>(path: string, use: (port: RandomAccess) => Promise<T>): Promise<T> {
  await using handle = await open(path);
  const { size } = await handle.stat();
  return await use({
    size,
    async read(offset, length) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
  });
}

async function samplesOf(path: string): Promise<Map<number, Sample[]>> {
  const samples = new Map<number, Sample[]>();
  await reading(path, async (port) => {
    for await (const { runs } of readFragments(port, await openMp4(port))) {
      for (const one of runs) samples.set(one.trackId, [...(samples.get(one.trackId) ?? []), ...one.samples]);
    }
  });
  return samples;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-mp4-'));
  file = join(folder, 'clip.mp4');
  const source = ['-f', 'lavfi', '-i', `testsrc2=s=640x360:r=25:d=${SECONDS}`];
  const tone = ['-f', 'lavfi', '-i', `sine=440:r=16000:d=${SECONDS}`];
  const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-bf', '0', '-pix_fmt', 'yuv420p'];
  await ffmpeg(...source, ...x264, '-f', 'h264', join(folder, 'clip.h264'));
  await ffmpeg(...tone, '-c:a', 'aac', '-f', 'adts', join(folder, 'clip.aac'));
  made = record(
    pictures(await readFile(join(folder, 'clip.h264'))),
    sounds(await readFile(join(folder, 'clip.aac'))),
  );
  await writeFile(file, made.bytes);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a file of one-sample fragments', () => {
  it('is what ffprobe reads: codecs, sizes, times, key frames', async () => {
    const { packets, streams } = await probe(file);
    expect(streams).toMatchObject([
      { codec_name: 'h264', width: 640, height: 360, time_base: '1/90000', r_frame_rate: '25/1' },
      { codec_name: 'aac', sample_rate: '16000', channels: 1, time_base: '1/16000', profile: 'LC' },
    ]);
    const video = packets.filter((packet) => packet.codec_type === 'video');
    expect(video.map((packet) => packet.dts)).toEqual(made.pictures.map((_, n) => n * VIDEO_STEP));
    expect(video.map((packet) => packet.duration)).toEqual(made.pictures.map(() => VIDEO_STEP));
    expect(video.map((packet) => Number(packet.size))).toEqual(made.pictures.map((unit) => unit.length));
    expect(video.flatMap((packet, n) => (packet.flags.startsWith('K') ? [n] : []))).toEqual([0, 25, 50, 75]);
    const audio = packets.filter((packet) => packet.codec_type === 'audio');
    expect(audio.map((packet) => packet.dts)).toEqual(made.sounds.map((_, n) => n * 1024));
  });

  it('decodes without a complaint', async () => {
    expect(await ffmpeg('-i', file, '-f', 'null', '-')).toBe('');
    const first = await ffmpeg('-i', file, '-map', '0:v', '-f', 'framemd5', join(folder, 'ours.md5'));
    const second = await ffmpeg(
      '-i',
      join(folder, 'clip.h264'),
      '-f',
      'framemd5',
      join(folder, 'theirs.md5'),
    );
    expect(first + second).toBe('');
    const hashes = async (name: string) =>
      (await readFile(join(folder, name), 'utf8'))
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .map((line) => line.split(',').at(-1));
    const ours = await hashes('ours.md5');
    expect(ours.length).toBeGreaterThan(SECONDS * 25);
    expect(ours).toEqual(await hashes('theirs.md5'));
  });

  it('is read back by the reader', async () => {
    const scan = await reading(file, scanMp4);
    expect(scan).toMatchObject({ closed: true, fragments: made.pictures.length + made.sounds.length });
    expect(scan.tracks.map((track) => track.format)).toEqual(made.tracks.map((track) => track.format));
    expect(scan.description?.toString()).toBe('clip');
    expect(scan.index).toEqual([{ trackId: 1, points: made.points }]);
    expect(scan.referenceTimes.map((time) => time.utc - 1_700_000_000_000)).toEqual([0, 1000, 2000, 3000]);
    expect(scan.spans[0]).toMatchObject({ samples: 100, first: 0, last: SECONDS * 90_000 });
  });

  it('torn in the middle, cut and closed again, decodes as far as it goes', async () => {
    const torn = join(folder, 'torn.mp4');
    await writeFile(torn, made.bytes.subarray(0, Math.floor(made.bytes.length * 0.6)));
    const scan = await reading(torn, scanMp4);
    expect(scan.closed).toBe(false);
    const index = writeMfra(scan.spans.filter((span) => span.points.length > 0));
    await writeFile(torn, Buffer.concat([made.bytes.subarray(0, scan.wholeEnd), index]));
    expect(await ffmpeg('-i', torn, '-f', 'null', '-')).toBe('');
    expect((await reading(torn, scanMp4)).index?.[0]?.points).toEqual(
      made.points.slice(0, scan.spans[0]!.points.length),
    );
    const { packets } = await probe(torn, '-select_streams', 'v');
    expect(packets.length).toBe(scan.spans[0]!.samples);
  });

  it('cut from the middle and moved to zero, still plays', async () => {
    const cut = join(folder, 'cut.mp4');
    const parts = [initSegment(made.tracks)];
    await reading(file, async (port) => {
      const opened = await openMp4(port);
      for await (const { offset, size, runs } of readFragments(port, opened, made.points[2]!.moofOffset)) {
        const bytes = await port.read(offset, size);
        rebaseFragment(bytes, 0, runs[0]!.trackId === 1 ? 2 * 90_000 : 2 * 16_000);
        parts.push(bytes);
      }
    });
    await writeFile(cut, Buffer.concat(parts));
    const { packets } = await probe(cut, '-select_streams', 'v');
    expect(packets.map((packet) => packet.pts)).toEqual(Array.from({ length: 50 }, (_, n) => n * VIDEO_STEP));
    expect(await ffmpeg('-i', cut, '-f', 'null', '-')).toBe('');
  });
});

describe('a playlist of byte ranges', () => {
  it('plays from its first segment to its last', async () => {
    const ends = [...made.points.slice(1).map((point) => point.moofOffset), made.bytes.length];
    const segments = made.points.map(({ moofOffset }, i): PlaylistSegment => {
      return {
        uri: 'clip.mp4',
        duration: 1,
        parts: [],
        map: { uri: 'clip.mp4', byteRange: { offset: 0, length: made.initEnd } },
        byteRange: { offset: moofOffset, length: ends[i]! - moofOffset },
        programDateTime: 1_700_000_000_000 + i * 1000,
      };
    });
    const playlist = join(folder, 'clip.m3u8');
    await writeFile(playlist, formatMediaPlaylist({ kind: 'vod', segments }));
    const { packets } = await probe(playlist, '-select_streams', 'v');
    expect(packets.length).toBe(made.pictures.length);
    expect(await ffmpeg('-i', playlist, '-f', 'null', '-')).toBe('');
  });
});

describe('files by others', () => {
  it.each([
    [
      'a fragment a key frame, B-frames',
      ['-bf', '2', '-movflags', '+frag_keyframe+empty_moov+default_base_moof'],
      0,
    ],
    ['base data offsets', ['-bf', '0', '-movflags', '+frag_keyframe+empty_moov'], 0],
    [
      'a fragment a frame, negative offsets',
      ['-bf', '2', '-movflags', '+frag_every_frame+empty_moov+negative_cts_offsets'],
      // ffprobe moves every pts so that the smallest offset is 0.
      512,
    ],
    ['CMAF', ['-bf', '0', '-movflags', '+cmaf+frag_keyframe', '-write_prft', 'wallclock'], 0],
  ])('%s', async (_name, args, shift) => {
    const theirs = join(folder, 'theirs.mp4');
    const source = [
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=320x180:r=30:d=2',
      '-f',
      'lavfi',
      '-i',
      'sine=440:r=48000:d=2',
    ];
    await ffmpeg(...source, '-c:v', 'libx264', '-g', '30', '-c:a', 'aac', ...args, theirs);
    const { packets } = await probe(theirs, '-ignore_editlist', '1');
    const samples = await samplesOf(theirs);
    for (const [id, kind] of [
      [1, 'video'],
      [2, 'audio'],
    ] as const) {
      const expected = packets
        .filter((packet) => packet.codec_type === kind)
        .map(({ pts, dts, size, pos, flags }) => ({
          pts: kind === 'video' ? pts - shift : pts,
          dts,
          size: Number(size),
          offset: Number(pos),
          key: flags.startsWith('K'),
        }));
      const found = samples
        .get(id)!
        .map(({ pts, dts, size, offset, key }) => ({ pts, dts, size, offset, key }));
      expect(found.length).toBeGreaterThan(50);
      expect(found).toEqual(expected);
    }
    const opened = await reading(theirs, openMp4);
    expect(opened.tracks.map((track) => track.format?.codecString)).toEqual([
      expect.stringMatching(/^avc1\.64/),
      'mp4a.40.2',
    ]);
    expect(opened.tracks[0]).toMatchObject({ format: { width: 320, height: 180, declaredFrameRate: 30 } });
  });
});
