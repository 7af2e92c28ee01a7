import { z } from 'zod';
import { PushId, PushState } from '../push.ts';
import { Fingerprint, StreamFault, StreamId } from '../stream.ts';
import { PUSH } from './examples.ts';

/** A server outside that a stream is to be sent on to. */
export const CreatePush = z
  .strictObject({
    url: z
      .string()
      .max(2048)
      .describe(
        '`rtmp[s]://host/app/key` or `rtsp[s]://[user:password@]host/path`. Servers on the Internet are reached inside TLS only, others when `network.allow` lists them.',
      ),
    tls_fingerprint: Fingerprint.optional().describe(
      'SHA-256 of the only certificate that the server may show; else one that authorities vouch for.',
    ),
    enabled: z.boolean().default(true),
  })
  .meta({
    id: 'CreatePush',
    examples: [{ url: 'rtmps://live.example.net/app/Yx0Q2mJcT7p1n5rV', enabled: true }],
  });
export type CreatePush = z.infer<typeof CreatePush>;

export const UpdatePush = z
  .strictObject({ enabled: z.boolean() })
  .meta({ id: 'UpdatePush', examples: [{ enabled: false }] });

export const Push = z
  .object({
    id: PushId,
    url: z.string().describe('Credentials and the key are shown as `***`.'),
    tls_fingerprint: Fingerprint.nullable(),
    enabled: z.boolean(),
    state: PushState.nullable().describe(
      'null: switched off, or not known. `waiting` is for media of the stream; after `failed` it has to be changed or switched off and on.',
    ),
    since: z.iso.datetime().nullable(),
    fault: StreamFault.nullable(),
    message: z.string().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Push', examples: [PUSH] });
export type Push = z.infer<typeof Push>;

export const PushList = z
  .object({ pushes: z.array(Push) })
  .meta({ id: 'PushList', examples: [{ pushes: [PUSH] }] });
export const PushParams = z.strictObject({ id: StreamId, push_id: PushId });
