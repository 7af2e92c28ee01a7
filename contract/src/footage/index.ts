import { z } from 'zod';
import { StreamId } from '../stream.ts';
import { Tier } from './tier.ts';

export { TIERS, Tier } from './tier.ts';

/**
 * What a file of footage turned out to be. `whole`: closed with its index. `open`: it was written to a moment ago.
 * `torn`: whole parts, and no index behind them. `repaired`: it was torn and is whole now. `empty`: it never got a
 * part; `removed`: that was tidied away. `damaged`: closed, but its bytes are not what its index says. `foreign`:
 * none of ours, or too broken to tell. `unreadable`: the disk refused.
 */
export const FileState = z.enum([
  'whole',
  'open',
  'torn',
  'repaired',
  'empty',
  'removed',
  'damaged',
  'foreign',
  'unreadable',
]);
export type FileState = z.infer<typeof FileState>;

/** One file as the engine's check found it; a line of JSON each. */
export const CheckedFile = z.object({
  stream_id: StreamId,
  filename: z.string(),
  state: FileState,
  /** Of the file. */
  bytes: z.int(),
  /** UTC, by the file's own account. */
  start: z.iso.datetime().optional(),
  /** Seconds of whole parts. */
  duration: z.number().optional(),
  /** Bytes up to the end of the last whole part; less than `bytes` when the tail is torn. */
  whole_bytes: z.int().optional(),
  /** Hexadecimal, of all bytes; only by a deep check. */
  sha256: z.string().length(64).optional(),
  message: z.string().optional(),
  /** Where it lies; the hot tier when absent. */
  tier: Tier.optional(),
});
export type CheckedFile = z.infer<typeof CheckedFile>;

/** Where the files to be checked lie; told by the server, which reads the configuration, to the engine. */
export const CheckPlaces = z.object({
  /** Absolute folder of the hot tier's `hot/`. */
  base_path: z.string(),
  /** Folders of other tiers: `{path}/{stream_id}/{filename}`. */
  others: z.array(z.object({ tier: Tier, path: z.string() })),
});
export type CheckPlaces = z.infer<typeof CheckPlaces>;

/** The last line: nothing was left out. */
export const CheckDone = z.object({ done: z.literal(true), files: z.int() });
export type CheckDone = z.infer<typeof CheckDone>;
