import { z } from 'zod';
import { StreamId } from '../stream.ts';
import { ViewerEnd, ViewerProtocol } from '../viewer.ts';

/** Someone who watches. */
export const ViewerFact = z.object({
  id: z.string(),
  stream_id: StreamId,
  protocol: ViewerProtocol,
  /** `kind:id` of the principal; never a secret. */
  who: z.string(),
  /** Network address of the client; empty when unknown. */
  address: z.string(),
  since: z.iso.datetime(),
});
export type ViewerFact = z.infer<typeof ViewerFact>;

/** What a viewer was sent so far; `dropped` counts frames left out because it did not keep up. */
export const ViewerSample = z.object({
  id: z.string(),
  bytes: z.number().int(),
  dropped: z.number().int(),
});
export type ViewerSample = z.infer<typeof ViewerSample>;

export const ViewerOpened = z.object({ kind: z.literal('viewer.opened'), ...ViewerFact.shape });
export const ViewerClosed = z.object({
  kind: z.literal('viewer.closed'),
  ...ViewerFact.shape,
  ...ViewerSample.shape,
  at: z.iso.datetime(),
  reason: ViewerEnd,
});
