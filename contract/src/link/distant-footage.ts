import { z } from 'zod';
import { StreamId } from '../stream.ts';

/** Which footage that lies in object stores overlaps `[from, to)` of a stream, and what is next to it? */
export const WhereMessage = z.object({
  type: z.literal('where'),
  id: z.number().int(),
  stream_id: StreamId,
  from: z.iso.datetime(),
  to: z.iso.datetime(),
});

/** A file in an object store. */
export const DistantFile = z.object({
  filename: z.string(),
  bytes: z.number().int(),
  /** UTC of the end of its footage. */
  end: z.iso.datetime(),
  /** Signed for GET, whole or by range; void some minutes after the answer. */
  url: z.url({ protocol: /^https?$/ }),
});
export type DistantFile = z.infer<typeof DistantFile>;

/** The answer to `where`. */
export const ThereMessage = z.object({
  type: z.literal('there'),
  id: z.number().int(),
  files: z.array(DistantFile).max(2_000),
});

/** Seconds for which the URLs of an answer hold at least. */
export const DISTANT_URL_SECONDS = 900;
