import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Test files that run for half a minute and more on two cores, the longest first. Begun last, one of them would be all
 * that is left to wait for: without times of an earlier run, as in a fresh checkout, files come by their size.
 */
export const LONG = [
  'e2e/src/engine-kill.e2e.test.ts',
  'e2e/src/playback.e2e.test.ts',
  'e2e/src/pages/page-journeys.e2e.test.ts',
  'e2e/src/codecs.e2e.test.ts',
  'e2e/src/hostile-pages.e2e.test.ts',
  'e2e/src/player.e2e.test.ts',
  'e2e/src/partner-captures.e2e.test.ts',
  'e2e/src/rtmp.e2e.test.ts',
  'e2e/src/pages/pages.e2e.test.ts',
  'e2e/src/disk-full.e2e.test.ts',
  'e2e/src/rtsp-transports.e2e.test.ts',
  'e2e/src/rtsp-door.e2e.test.ts',
  'e2e/src/outside-players.e2e.test.ts',
  'e2e/src/whip.e2e.test.ts',
  'server/src/hostile.test.ts',
  'tools/src/launcher/supervise.test.ts',
];

/** Place of a file in `LONG`, behind all of them for another; `path` may be absolute. */
export function placeOf(path: string): number {
  const at = LONG.findIndex((long) => path.endsWith(`/${long}`));
  return at < 0 ? LONG.length : at;
}

/** `LONG` in its order, then the others in the order of Vitest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => placeOf(a.moduleId) - placeOf(b.moduleId));
  }
}
