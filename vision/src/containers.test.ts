import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FromVision } from '@nightjar/contract/vision';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandContainer } from './command/index.ts';
import { Containers } from './containers.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightjar-containers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Two seconds of picture and sound. */
function made(name: string, ...codecs: string[]): Buffer {
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=160x120:r=25', '-f', 'lavfi', '-i', 'sine=r=48000'];
  const file = join(folder, name);
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...inputs, '-t', '2', '-g', '25', ...codecs, file]);
  return readFileSync(file);
}

/** What comes of bytes in pieces, until it is finished or failed. */
async function through(bytes: Buffer, program = 'ffmpeg'): Promise<FromVision[]> {
  const heard: FromVision[] = [];
  const over = Promise.withResolvers<void>();
  let pieces = 0;
  const containers = new Containers({
    open: (sink) => new CommandContainer(program, sink),
    send: (message) => {
      heard.push(message);
      if (message.type === 'finished' || message.type === 'failed') over.resolve();
    },
  });
  expect(containers.handle({ type: 'open_container', id: 7 })).toBe(true);
  for (let at = 0; at < bytes.length; at += 16_384, pieces++)
    containers.handle({ type: 'bytes', id: 7, data: bytes.subarray(at, at + 16_384) });
  expect(containers.handle({ type: 'finish', id: 7 })).toBe(true);
  await over.promise;
  const taken = heard.filter(({ type }) => type === 'taken').length;
  if (heard.at(-1)?.type === 'finished') expect(taken).toBe(pieces);
  return heard;
}

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2'];

describe('a container of another kind', () => {
  it.each([
    ['Matroska, passed on', 'x.mkv', [...H264, '-c:a', 'aac']],
    [
      'Matroska of H.265 and Vorbis',
      'y.mkv',
      ['-c:v', 'libx265', '-x265-params', 'log-level=none', '-c:a', 'libvorbis'],
    ],
    ['AVI of MPEG-4 and MP3', 'x.avi', ['-c:v', 'mpeg4', '-c:a', 'mp3']],
    ['MPEG-PS', 'x.mpg', ['-c:v', 'mpeg2video', '-c:a', 'mp2']],
    ['MP4 with its index in front', 'x.mp4', [...H264, '-c:a', 'aac', '-movflags', '+faststart']],
  ])('%s becomes a transport stream that can be carried', async (_what, name, codecs) => {
    const source = made(name, ...codecs);
    const heard = await through(source);
    expect(heard.at(-1)).toEqual({ type: 'finished', id: 7 });
    const parts = heard.flatMap((message) => (message.type === 'transport' ? Buffer.from(message.data) : []));
    const entries = ['-count_packets', '-show_entries', 'stream=codec_name,nb_read_packets', '-of', 'json'];
    const text = execFileSync('ffprobe', ['-v', 'error', ...entries, '-f', 'mpegts', '-'], {
      input: Buffer.concat(parts),
    }).toString();
    const { streams } = JSON.parse(text) as { streams: { codec_name: string; nb_read_packets: string }[] };
    expect(streams.map(({ codec_name }) => codec_name)).toEqual([name === 'y.mkv' ? 'hevc' : 'h264', 'aac']);
    expect(Number(streams[0]!.nb_read_packets)).toBeGreaterThanOrEqual(49);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['what is none', Buffer.from('hello, I am no film at all\n'.repeat(100))],
    // It would name what FFmpeg should open.
    [
      'a playlist',
      Buffer.from('#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n'),
    ],
    ['a list of files', Buffer.from("ffconcat version 1.0\nfile '/etc/passwd'\n")],
    [
      'a description',
      Buffer.from(
        'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\n',
      ),
    ],
  ])('%s fails and says so', async (_what, bytes) => {
    const heard = await through(bytes);
    expect(heard.at(-1)).toMatchObject({ type: 'failed', id: 7 });
    expect((heard.at(-1) as { message: string }).message.length).toBeGreaterThan(3);
    expect(heard.some(({ type }) => type === 'transport')).toBe(false);
  });

  it('without the program it says which', async () => {
    const heard = await through(Buffer.from('x'), 'no-such-ffmpeg');
    expect(heard.at(-1)).toEqual({
      type: 'failed',
      id: 7,
      message: 'the program no-such-ffmpeg cannot be run',
    });
  });

  it('that is closed says that it is gone, and what comes for it is passed over', async () => {
    const heard: FromVision[] = [];
    const gone = Promise.withResolvers<void>();
    const containers = new Containers({
      open: (sink) => new CommandContainer('ffmpeg', sink),
      send: (message) => {
        heard.push(message);
        gone.resolve();
      },
    });
    containers.handle({ type: 'open_container', id: 1 });
    expect(containers.handle({ type: 'close', id: 1 })).toBe(true);
    await gone.promise;
    expect(containers.handle({ type: 'bytes', id: 1, data: Buffer.from('x') })).toBe(true);
    expect(containers.handle({ type: 'finish', id: 1 })).toBe(true);
    expect(containers.handle({ type: 'close', id: 1 })).toBe(false);
    expect(containers.handle({ type: 'ping' })).toBe(false);
    expect(heard).toEqual([{ type: 'finished', id: 1 }]);
  });
});
