import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outputOf } from '@nightjar/e2e/harness';

const CLIPS = fileURLToPath(new URL('../../../.cache/bench-clips/', import.meta.url));
const MAKE_CLIPS = fileURLToPath(new URL('../../../media/testdata/make-clips.sh', import.meta.url));

/** A film of 1080p30 and 4 Mbit/s, with sound beside it. */
export const WITH_SOUND = `${CLIPS}full.h264`;
/** A small one of 640x360, 15 a second and 0.5 Mbit/s, as walls show it, with sound beside it. */
export const SMALL = `${CLIPS}sub.h264`;
/** The same film in a folder without the sound beside it. */
export const SILENT = `${CLIPS}silent/full.h264`;

/** Makes the clips when they are not there. */
export async function prepareClips(): Promise<void> {
  if (existsSync(SILENT)) return;
  await outputOf(MAKE_CLIPS, ['bench', CLIPS], { timeoutMs: 300_000 });
  await mkdir(dirname(SILENT), { recursive: true });
  await copyFile(WITH_SOUND, SILENT);
}
