import { z } from 'zod';
import { PushId, PushState } from '../push.ts';
import { Fingerprint, StreamFault, StreamId } from '../stream.ts';

/** A stream sent on to a server outside. */
export const DesiredPush = z.object({
  id: PushId,
  /** `rtmp[s]://` or `rtsp[s]://`, without credentials; a stream key in it is one. */
  url: z.string(),
  username: z.string().optional(),
  password: z.string().optional(),
  /** The only certificate that the server may show; absent: one that this machine's authorities vouch for. */
  tls_pin: Fingerprint.optional(),
});
export type DesiredPush = z.infer<typeof DesiredPush>;

/** What the engine observes of a push. Its words repeat nothing of the address. */
export const PushFact = z.object({
  kind: z.literal('push.state'),
  stream_id: StreamId,
  push_id: PushId,
  state: PushState,
  at: z.iso.datetime(),
  fault: StreamFault.optional(),
  message: z.string().max(2000).optional(),
});
export type PushFact = z.infer<typeof PushFact>;
