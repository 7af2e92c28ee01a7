import { z } from 'zod';

/** Id of a push within its stream. */
export const PushId = z.string().regex(/^[a-z0-9]{1,32}$/);

/**
 * How a push stands: `waiting` for the stream to have media, `connecting`, `live`, `retrying` after a pause, or
 * `failed`, which only a change of it mends.
 */
export const PushState = z.enum(['waiting', 'connecting', 'live', 'retrying', 'failed']);
export type PushState = z.infer<typeof PushState>;
