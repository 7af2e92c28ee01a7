import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, Program } from '@nightjar/e2e/harness';
import type { CameraTransport, Contender, Recording } from './contender.ts';

const START_TIMEOUT_MS = 30_000;

function recordArguments(url: string, transport: CameraTransport, pattern: string): string[] {
  const input = ['-nostdin', '-loglevel', 'error', '-rtsp_transport', transport, '-i', url];
  const segments = ['-f', 'segment', '-segment_time', '600', '-reset_timestamps', '1'];
  const format = ['-segment_format', 'mp4', '-segment_format_options', 'movflags=frag_keyframe+empty_moov'];
  return [...input, '-c', 'copy', ...segments, ...format, pattern];
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** One ffmpeg a camera, copying into fragmented MP4: the usual way. */
export const ffmpeg: Contender = {
  name: 'ffmpeg -c copy',
  async record(urls, transport): Promise<Recording> {
    const folder = await mkdtemp(join(tmpdir(), 'nightjar-bench-ffmpeg-'));
    const programs: Program[] = [];
    const footage = () => Promise.all(urls.map((_, index) => sizeOf(join(folder, `${index}-000.mp4`))));
    const recording: Recording = {
      get parts() {
        return { ffmpeg: programs.map((program) => program.pid) };
      },
      footage,
      async [Symbol.asyncDispose]() {
        await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
        await rm(folder, { recursive: true, force: true });
      },
    };
    try {
      for (const [index, url] of urls.entries()) {
        const args = recordArguments(url, transport, join(folder, `${index}-%03d.mp4`));
        programs.push(await Program.start({ name: `ffmpeg ${index}`, command: 'ffmpeg', args }));
      }
      const all = async () => (await footage()).every((bytes) => bytes > 0);
      await eventually('every ffmpeg to record', all, { timeoutMs: START_TIMEOUT_MS });
      return recording;
    } catch (error) {
      await recording[Symbol.asyncDispose]();
      throw error;
    }
  },
};
