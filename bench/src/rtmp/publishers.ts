import { existsSync } from 'node:fs';
import { eventually, outputOf, Program } from '@nightjar/e2e/harness';
import { prepareClips, WITH_SOUND } from '../record/clips.ts';

/** The film, ready to be published. */
export const FILM = WITH_SOUND.replace('.h264', '.flv');
const FILM_SECONDS = 10;

/** Makes it when it is not there. */
export async function prepareFilm(): Promise<void> {
  if (existsSync(FILM)) return;
  await prepareClips();
  const sound = ['-stream_loop', '-1', '-i', WITH_SOUND.replace('.h264', '.aac')];
  const picture = ['-r', '30', '-i', WITH_SOUND];
  const both = ['-map', '0:v', '-map', '1:a', '-c', 'copy', '-t', String(FILM_SECONDS)];
  await outputOf('ffmpeg', ['-nostdin', '-v', 'error', ...picture, ...sound, ...both, '-f', 'flv', FILM]);
}

/** One ffmpeg that publishes the same film of 4 Mbit/s with sound to every URL, in real time and without end. */
export async function publishTo(urls: readonly string[]): Promise<Program> {
  await prepareFilm();
  const input = ['-nostdin', '-v', 'error', '-re', '-stream_loop', '-1', '-i', FILM];
  const outputs = urls.flatMap((url) => ['-map', '0', '-c', 'copy', '-f', 'flv', url]);
  const program = await Program.start({
    name: 'publishers',
    command: 'ffmpeg',
    args: [...input, ...outputs],
  });
  const failed = (): boolean => {
    if (program.exit) throw new Error(`the publishers ended:\n${program.output}`);
    return true;
  };
  await eventually('publishers', failed, { timeoutMs: 1_000 });
  return program;
}
