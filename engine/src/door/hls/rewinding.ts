import type { LiveWindow } from '../../live/index.ts';
import { MAX_REWIND, type Playback, type Rewind } from '../../playback/index.ts';
import { DoorError } from '../door-error.ts';

/** Footage that stands before what is in memory. */
export type Rewinds = Pick<Playback, 'rewind'>;

interface Asking {
  readonly stream: Parameters<Playback['rewind']>[0];
  readonly rewinds: Rewinds;
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
}

/** Milliseconds that the first sound is waited for. */
const FIRST_SOUND = 2_000;

/** Seconds of footage a playlist is to go back, as `dvr` says; undefined for live alone. Throws DoorError. */
export function secondsBack(query: URLSearchParams): number | undefined {
  const text = query.get('dvr');
  if (text === null) return undefined;
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > MAX_REWIND)
    throw new DoorError(400, `dvr is a number of seconds, at most ${MAX_REWIND}`);
  return seconds;
}

/** The past of a window, as far back as the request asks; undefined when it asks for live alone. */
export async function rewindOf(
  { stream, rewinds, query, signal }: Asking,
  window: LiveWindow,
): Promise<Rewind | undefined> {
  const seconds = secondsBack(query);
  if (seconds === undefined) return undefined;
  const begun = (): boolean => [window.video, window.audio].every((one) => !one || one.segments.length > 0);
  await window.until(begun, FIRST_SOUND, signal);
  const rewind = rewinds.rewind(stream, window);
  await rewind.reach(seconds);
  return rewind;
}
