import { type MediaFacts, probe } from './ffmpeg.ts';
import { footage, strangers } from './footage.ts';

/** Largest step in seconds from one packet to the next, in decoding order; 0 for fewer than two. */
export function largestStep(packets: readonly { dts: number }[]): number {
  let largest = 0;
  for (let index = 1; index < packets.length; index++)
    largest = Math.max(largest, packets[index]!.dts - packets[index - 1]!.dts);
  return largest;
}

/** A file with what ffprobe read in it. */
export interface ProbedFile extends MediaFacts {
  readonly path: string;
  readonly filename: string;
  readonly bytes: number;
}

/** Every file of a stream, read whole by ffprobe; rejects on a warning and on a file that is no footage. */
export async function probeFootage(dataDir: string, streamId: string): Promise<ProbedFile[]> {
  const odd = await strangers(dataDir, streamId);
  if (odd.length > 0) throw new Error(`beside the footage of ${streamId}: ${odd.join(', ')}`);
  const probed: ProbedFile[] = [];
  for (const file of await footage(dataDir, streamId)) probed.push({ ...file, ...(await probe(file.path)) });
  return probed;
}
