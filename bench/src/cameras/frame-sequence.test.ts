import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf } from '@nightjar/e2e/harness';
import { expect, it } from 'vitest';
import { Film } from './frame-sequence.ts';

const ffmpeg = (...args: string[]): Promise<Buffer> =>
  outputOf('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args]);

it('pictures that are missing, doubled or of another film are seen', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-sequence-'));
  try {
    const at = (name: string): string => join(folder, name);
    const code = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-bf', '0', '-x264-params', 'aud=1'];
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=160x120:r=10:d=3', ...code, '-f', 'h264', at('film.h264'));
    await ffmpeg('-f', 'lavfi', '-i', 'mandelbrot=s=160x120:r=10', '-t', '1', ...code, at('other.mp4'));
    const copy = ['-c', 'copy', '-movflags', 'frag_every_frame+empty_moov'];
    await ffmpeg('-f', 'h264', '-r', '10', '-i', at('film.h264'), ...copy, at('whole.mp4'));
    const cut = ['-bsf:v', 'noise=drop=eq(n\\,14)+eq(n\\,15)'];
    await ffmpeg('-f', 'h264', '-r', '10', '-i', at('film.h264'), ...copy, ...cut, at('cut.mp4'));
    const film = await Film.read(at('film.h264'));
    const whole = [at('whole.mp4')];
    expect(await film.sequenceIn(whole)).toEqual({ frames: 30, lost: 0, foreign: 0 });
    expect(await film.sequenceIn([...whole, ...whole])).toEqual({ frames: 60, lost: 0, foreign: 0 });
    expect(await film.sequenceIn([at('cut.mp4')])).toEqual({ frames: 28, lost: 2, foreign: 0 });
    expect(await film.sequenceIn([...whole, at('other.mp4')])).toEqual({ frames: 40, lost: 0, foreign: 10 });
  } finally {
    await rm(folder, { recursive: true });
  }
});
