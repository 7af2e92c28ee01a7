import { execFileSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MalformedError } from '../../bytes/index.ts';
import { Received } from '../../intake/testing/received.ts';
import { FakeClock } from '../../testing/index.ts';
import type { ByteRange } from '../playlist.ts';
import { HlsToStream } from './hls-to-stream.ts';
import { PlaylistEndedError } from './playlist-pull.ts';
import { ivOfSequence } from './segment-key.ts';

const BASE = 'http://cam.test/live/';
const KEY = Buffer.from('sixteen bytes 16');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightjar-hls-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Six seconds of picture and sound in segments of one second, as ffmpeg writes them. */
function made(name: string, ...options: string[]): Map<string, Buffer> {
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25', '-f', 'lavfi', '-i', 'sine=r=48000'];
  const codecs = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-bf',
    '2',
    '-g',
    '25',
    '-sc_threshold',
    '0',
    '-c:a',
    'aac',
  ];
  const hls = ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '0', '-hls_playlist_type', 'vod'];
  const [prefix] = name.split('.');
  execFileSync(
    'ffmpeg',
    ['-v', 'error', ...inputs, '-t', '6', ...codecs, ...hls, ...options, join(folder, name)],
    {
      cwd: folder,
    },
  );
  const files = readdirSync(folder).filter((file) => file.startsWith(prefix!));
  return new Map(files.map((file) => [file, readFileSync(join(folder, file))]));
}

/** A server whose files a test may change, and a pull from it on a clock that the test moves. */
class Pull {
  readonly clock = new FakeClock();
  readonly received = new Received();
  readonly asked: string[] = [];
  readonly hls: HlsToStream;
  readonly error: Promise<unknown>;
  files: Map<string, Buffer>;
  over = false;

  constructor(files: Map<string, Buffer>, playlist: string) {
    this.files = files;
    const fetch = async (url: string, range?: ByteRange) => {
      this.asked.push(basename(url));
      const body = this.files.get(basename(url));
      if (!url.startsWith(BASE) || !body) throw new Error(`404 ${url}`);
      return { url, body: range ? body.subarray(range.offset, range.offset + range.length) : body };
    };
    this.hls = new HlsToStream({ ...this.received.options(this.clock), clock: this.clock, fetch });
    this.error = fetch(BASE + playlist)
      .then((first) => this.hls.run(first))
      .catch((error: unknown) => {
        this.over = true;
        return error;
      });
  }

  /** Lets `seconds` go by. */
  async pass(seconds: number): Promise<void> {
    for (let i = 0; i < seconds * 50 && !this.over; i++) {
      for (let turn = 0; turn < 12; turn++) await new Promise(setImmediate);
      this.clock.advance(20);
    }
  }
}

const steps = (times: readonly number[]): number[] =>
  times.slice(1).map((time, at) => Math.round((time - times[at]!) * 1000));

describe('an HLS source that has an end', () => {
  it.each([
    ['MPEG-TS', 'ts.m3u8', ['-hls_segment_filename', 'ts-%d.ts']],
    [
      'fragmented MP4',
      'cmaf.m3u8',
      ['-hls_segment_type', 'fmp4', '-hls_fmp4_init_filename', 'cmaf-init.mp4'],
    ],
    ['byte ranges of one file', 'one.m3u8', ['-hls_segment_type', 'fmp4', '-hls_flags', 'single_file']],
  ])('%s plays from its beginning, in its own time', async (_what, name, options) => {
    const pull = new Pull(made(name, ...options), name);
    await pull.pass(3);
    // What came at once is not played at once.
    expect(Math.abs(pull.received.of('video').length - 75)).toBeLessThan(10);
    await pull.pass(6);
    expect(await pull.error).toBeInstanceOf(PlaylistEndedError);
    expect(pull.received.told).toEqual(['ready', 'live']);
    expect(pull.received.tracks[0]).toEqual([expect.stringMatching(/^avc1\./), 'mp4a.40.2']);
    const video = pull.received.of('video');
    expect(video).toHaveLength(150);
    expect(new Set(steps(video.map(({ dts }) => dts)))).toEqual(new Set([40]));
    expect(video.some(({ pts, dts }) => pts > dts)).toBe(true);
    const audio = pull.received.of('audio');
    expect(audio.length).toBeGreaterThan(278);
    expect(Math.max(...steps(audio.map(({ dts }) => dts)))).toBeLessThanOrEqual(23);
    expect(Math.abs(video[0]!.pts - audio[0]!.pts)).toBeLessThan(0.15);
    pull.hls.close();
    expect(pull.clock.pending).toBe(0);
  });

  it('sound in a playlist of its own plays beside the picture', async () => {
    const map = [
      '-var_stream_map',
      'v:0,agroup:s a:0,agroup:s,default:yes',
      '-master_pl_name',
      'apart-master.m3u8',
    ];
    const files = made(
      'apart-%v.m3u8',
      '-hls_segment_type',
      'fmp4',
      '-hls_fmp4_init_filename',
      'apart-init-%v.mp4',
      ...map,
    );
    const all = new Map(
      readdirSync(folder)
        .filter((file) => file.startsWith('apart'))
        .map((file) => [file, readFileSync(join(folder, file))]),
    );
    expect(all.size).toBeGreaterThan(files.size - 1);
    const pull = new Pull(all, 'apart-master.m3u8');
    await pull.pass(9);
    expect(await pull.error).toBeInstanceOf(PlaylistEndedError);
    expect(pull.received.tracks[0]).toHaveLength(2);
    expect(pull.received.of('video')).toHaveLength(150);
    expect(pull.received.of('audio').length).toBeGreaterThan(270);
    pull.hls.close();
  });
});

describe('an HLS source that is live', () => {
  const window = (first: number, names: readonly string[]): Buffer => {
    const head = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:${first}\n`;
    return Buffer.from(
      head +
        names
          .map(
            (name) =>
              `${name.startsWith('!') ? '#EXT-X-DISCONTINUITY\n' : ''}#EXTINF:1,\n${name.replace('!', '')}\n`,
          )
          .join(''),
    );
  };

  it('begins near its end, goes on as it grows, and over a discontinuity', async () => {
    const files = made('roll.m3u8', '-hls_segment_filename', 'roll-%d.ts');
    // The fourth segment of every round is followed by the first again, whose times go back.
    const row = [
      'roll-0.ts',
      'roll-1.ts',
      'roll-2.ts',
      'roll-3.ts',
      'roll-4.ts',
      'roll-5.ts',
      '!roll-0.ts',
      'roll-1.ts',
      'roll-2.ts',
    ];
    const at = (first: number): void =>
      void files.set('roll.m3u8', window(first, row.slice(first, first + 4)));
    at(0);
    const pull = new Pull(files, 'roll.m3u8');
    await pull.pass(0.5);
    expect(pull.asked.slice(0, 2)).toEqual(['roll.m3u8', 'roll-1.ts']);
    for (let first = 1; first <= 5; first++) {
      at(first);
      await pull.pass(1);
    }
    await pull.pass(4);
    const media = pull.asked.filter((name) => name.endsWith('.ts'));
    expect(media).toEqual([
      'roll-1.ts',
      'roll-2.ts',
      'roll-3.ts',
      'roll-4.ts',
      'roll-5.ts',
      'roll-0.ts',
      'roll-1.ts',
      'roll-2.ts',
    ]);
    const video = pull.received.of('video');
    expect(video).toHaveLength(8 * 25);
    const apart = steps(video.map(({ dts }) => dts));
    expect(Math.min(...apart)).toBeGreaterThan(0);
    expect(Math.max(...apart)).toBeLessThan(200);
    pull.hls.close();
    expect(await pull.error).toMatchObject({ name: 'AbortError' });
    expect(pull.clock.pending).toBe(0);
  });

  it('that began anew is followed from its new end', async () => {
    const files = made('anew.m3u8', '-hls_segment_filename', 'anew-%d.ts');
    files.set('anew.m3u8', window(900, ['anew-0.ts', 'anew-1.ts', 'anew-2.ts']));
    const pull = new Pull(files, 'anew.m3u8');
    await pull.pass(3.5);
    files.set('anew.m3u8', window(0, ['anew-3.ts', 'anew-4.ts', 'anew-5.ts']));
    await pull.pass(5);
    expect(pull.received.of('video')).toHaveLength(150);
    pull.hls.close();
  });
});

/** Six seconds in encrypted segments with the key in a file of its own; `iv`: of all of them. */
function encrypted(name: string, iv?: string): Map<string, Buffer> {
  const info = join(folder, `${name}.info`);
  writeFileSync(join(folder, `${name}.key`), KEY);
  writeFileSync(info, [`${name}.key`, join(folder, `${name}.key`), ...(iv ? [iv] : [])].join('\n'));
  return made(`${name}.m3u8`, '-hls_segment_filename', `${name}-%d.ts`, '-hls_key_info_file', info);
}

/** The file of byte ranges, each range encrypted by its own number, and the map by a vector that is stated. */
function encryptedRanges(): Map<string, Buffer> {
  const files = made('own.m3u8', '-hls_segment_type', 'fmp4', '-hls_flags', 'single_file');
  const clear = files.get('own.m4s')!;
  const pieces: Buffer[] = [];
  let end = 0;
  const moved = (text: string, iv: Buffer): string => {
    const [length, offset] = text.split('@').map(Number) as [number, number];
    const cipher = createCipheriv('aes-128-cbc', KEY, iv);
    const piece = Buffer.concat([cipher.update(clear.subarray(offset, offset + length)), cipher.final()]);
    pieces.push(piece);
    end += piece.length;
    return `${piece.length}@${end - piece.length}`;
  };
  const stated = Buffer.alloc(16, 0xa7);
  let sequence = 0;
  const lines = files.get('own.m3u8')!.toString().split('\n');
  const encryptedLines = lines.map((line) => {
    const range = /^#EXT-X-BYTERANGE:(.+)$/.exec(line)?.[1];
    if (range)
      return `#EXT-X-BYTERANGE:${moved(range, Buffer.from(`${sequence++}`.padStart(32, '0'), 'hex'))}`;
    if (!line.startsWith('#EXT-X-MAP:')) return line;
    const map = line.replace(
      /BYTERANGE="([^"]+)"/,
      (_all, text: string) => `BYTERANGE="${moved(text, stated)}"`,
    );
    const key = '#EXT-X-KEY:METHOD=AES-128,URI="own.key"';
    return `${key},IV=0x${stated.toString('hex')}\n${map}\n${key}`;
  });
  files.set('own.m3u8', Buffer.from(encryptedLines.join('\n')));
  files.set('own.m4s', Buffer.concat(pieces));
  return files.set('own.key', KEY);
}

describe('an HLS source that is encrypted', () => {
  it.each([
    ['by a vector that is stated', 'iv', () => encrypted('iv', '0123456789abcdef0123456789abcdef')],
    ['by the number of each segment', 'number', () => encrypted('number')],
    ['in byte ranges, the map by another vector', 'own', encryptedRanges],
  ])('%s plays, and its key is fetched once', async (_what, name, files) => {
    const pull = new Pull(files(), `${name}.m3u8`);
    await pull.pass(9);
    expect(await pull.error).toBeInstanceOf(PlaylistEndedError);
    expect(pull.received.of('video')).toHaveLength(150);
    expect(pull.received.of('audio').length).toBeGreaterThan(270);
    expect(pull.asked.filter((asked) => asked === `${name}.key`)).toHaveLength(1);
    pull.hls.close();
  });

  it('plays on when the key changes and when encryption ends', async () => {
    const files = encrypted('turn');
    const clear = made('clear.m3u8', '-hls_segment_filename', 'clear-%d.ts');
    const other = Buffer.from('another key 16 b');
    const cipher = createCipheriv('aes-128-cbc', other, ivOfSequence(1));
    files.set('other.key', other);
    files.set('turn-1.ts', Buffer.concat([cipher.update(clear.get('clear-1.ts')!), cipher.final()]));
    files.set('clear-2.ts', clear.get('clear-2.ts')!);
    const list = [
      '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI="turn.key"\n#EXTINF:1,\nturn-0.ts',
      '#EXT-X-KEY:METHOD=AES-128,URI="other.key"\n#EXTINF:1,\nturn-1.ts',
      '#EXT-X-KEY:METHOD=NONE\n#EXTINF:1,\nclear-2.ts\n#EXT-X-ENDLIST\n',
    ];
    files.set('turning.m3u8', Buffer.from(list.join('\n')));
    const pull = new Pull(files, 'turning.m3u8');
    await pull.pass(6);
    expect(await pull.error).toBeInstanceOf(PlaylistEndedError);
    expect(pull.received.of('video')).toHaveLength(75);
    pull.hls.close();
  });

  const keyed = (key: string, segment = 'x'): string =>
    `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:${key}\n#EXTINF:1,\n${segment}\n`;
  it.each([
    ['another key', keyed('METHOD=AES-128,URI="wrong"'), 'the key does not fit'],
    ['a key of another length', keyed('METHOD=AES-128,URI="long"'), 'a key of 17 bytes'],
    ['bytes that are no blocks', keyed('METHOD=AES-128,URI="wrong"', 'long'), 'no whole blocks'],
    ['no address', keyed('METHOD=AES-128'), 'a key without an address'],
    [
      'an address of another scheme',
      keyed('METHOD=AES-128,URI="file:///etc/passwd"'),
      'address that is none',
    ],
    ['no vector', keyed('METHOD=AES-128,URI="wrong",IV=7'), 'vector that is none'],
    ['samples that are encrypted', keyed('METHOD=SAMPLE-AES,URI="wrong"'), 'encrypted with SAMPLE-AES; only'],
    [
      "a seller's own way",
      keyed('METHOD=SAMPLE-AES-CTR,URI="wrong",KEYFORMAT="urn:uuid:edef8ba9"'),
      'encrypted with SAMPLE-AES-CTR by urn:uuid:edef8ba9; only',
    ],
  ])('with %s fails and says so', async (_what, playlist, words) => {
    const files = {
      'p.m3u8': playlist,
      wrong: 'not the key 16 b',
      long: 'seventeen bytes !',
      x: 'x'.repeat(32),
    };
    const pull = new Pull(
      new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])),
      'p.m3u8',
    );
    await pull.pass(0.1);
    const error = await pull.error;
    expect(error).toBeInstanceOf(MalformedError);
    expect(String(error)).toContain(words);
    pull.hls.close();
  });
});

describe('what is no HLS source', () => {
  const playlist = (body: string): Map<string, Buffer> =>
    new Map([
      ['p.m3u8', Buffer.from(body)],
      ['x', Buffer.from('no media')],
    ]);
  it.each([
    ['another text', 'hello', 'no playlist'],
    ['no duration', '#EXTM3U\n#EXTINF:1,\nx\n', 'target duration'],
    [
      'segments that are something else',
      '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nx\n',
      'neither MPEG-TS',
    ],
    [
      'an address of another scheme',
      '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n',
      'address that is none',
    ],
    ['nothing to choose from', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n', 'anything to play'],
  ])('%s fails and says so', async (_what, body, words) => {
    const pull = new Pull(playlist(body), 'p.m3u8');
    await pull.pass(0.1);
    const error = await pull.error;
    expect(error).toBeInstanceOf(MalformedError);
    expect(String(error)).toContain(words);
    pull.hls.close();
  });
});
