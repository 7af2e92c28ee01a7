import { z } from 'zod';

/**
 * Asked of the engine by a server that can read recorded files itself, value `1`. An answer that hands over has it
 * too: its value is the length of the body in bytes, and what it carries instead is `HandedOver` as JSON.
 */
export const HAND_OVER_HEADER = 'x-nightjar-hand-over';

/** Where the bytes of a body lie, in their order. */
export const HandedOver = z.object({
  /** What the body begins with, base64; may be empty. */
  head: z.string(),
  files: z.array(
    z.object({
      /** Absolute, on this machine. */
      path: z.string(),
      /** Offset and size of what is to be read, one pair after the other; offsets rise. */
      spans: z.array(z.int().nonnegative()),
    }),
  ),
});
export type HandedOver = z.infer<typeof HandedOver>;
