import { greyFrames, probe, samples } from './ffmpeg.ts';

const RATE = 48_000;
const QUIET_SECONDS = 0.3;
const SMALL = { width: 16, height: 12 };

export interface SyncFacts {
  /** Seconds of the file's time at which the picture as a whole turned black or white. */
  readonly flips: readonly number[];
  /** Seconds of the file's time at which a tick began. */
  readonly ticks: readonly number[];
  /** For each flip the distance to the nearest tick in seconds; above 0 the sound comes late. */
  readonly offsets: readonly number[];
}

/** Onsets in seconds: a sample above a third of the loudest, after at least 0.3 s without one. */
export function tickOnsets(sound: Int16Array, rate: number): number[] {
  let loudest = 0;
  for (const value of sound) loudest = Math.max(loudest, Math.abs(value));
  const onsets: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < sound.length; index++) {
    if (Math.abs(sound[index]!) * 3 <= loudest || loudest === 0) continue;
    if (index - last > QUIET_SECONDS * rate) onsets.push(index / rate);
    last = index;
  }
  return onsets;
}

/** Indexes of the pictures whose mean brightness differs from that of the one before by more than 80 of 255. */
export function flipIndexes(pictures: readonly Uint8Array[]): number[] {
  const means = pictures.map((picture) => picture.reduce((sum, value) => sum + value, 0) / picture.length);
  return means.flatMap((mean, index) =>
    index > 0 && Math.abs(mean - means[index - 1]!) > 80 ? [index] : [],
  );
}

/**
 * Sync of sound and picture in a recording of the GStreamer camera, measured from what is seen and heard: the
 * decoded picture's flips against the decoded sound's ticks, each placed by its own track's presentation times.
 */
export async function measureSync(file: string): Promise<SyncFacts> {
  const facts = await probe(file);
  if (!facts.video || !facts.audio) throw new Error(`${file}: picture or sound is missing`);
  const times = facts.video.packets.map((packet) => packet.pts).sort((a, b) => a - b);
  const pictures = await greyFrames(file, SMALL);
  if (pictures.length !== times.length)
    throw new Error(`${file}: ${times.length} video packets gave ${pictures.length} pictures`);
  const flips = flipIndexes(pictures).map((index) => times[index]!);
  const begins = facts.audio.packets[0]!.pts;
  const ticks = tickOnsets(await samples(file, RATE), RATE).map((onset) => begins + onset);
  const nearest = (flip: number) =>
    ticks.reduce(
      (best, tick) => (Math.abs(tick - flip) < Math.abs(best) ? tick - flip : best),
      Number.POSITIVE_INFINITY,
    );
  return { flips, ticks, offsets: flips.map(nearest) };
}
