import { z } from 'zod';
import { ALLOWED } from './examples.ts';

const Text = z.string().max(2_048);

/** What nginx-rtmp says of a client (its form fields), and whatever stood behind `?` in the client's address. */
export const RtmpCall = z
  .looseObject({
    call: Text.optional().describe('publish, play, update_publish, publish_done, …'),
    app: Text.optional(),
    name: Text.default('').describe('Publishing: the key. Playing: the id of the stream.'),
    addr: Text.optional().describe('Network address of the client.'),
    clientid: Text.optional(),
    flashver: Text.optional().describe('What the client calls itself.'),
    key: Text.optional().describe('The key, where the name is another.'),
    ticket: Text.optional(),
    token: Text.optional(),
  })
  .meta({ id: 'RtmpCall', examples: [{ call: 'publish', app: 'live', name: 'Yx0Q2mJcT7p1n5rVbW3sLkZe' }] });
export type RtmpCall = z.infer<typeof RtmpCall>;

export const RtmpAllowed = z
  .object({ status: z.literal('ok'), stream_id: z.string().nullable() })
  .meta({ id: 'RtmpAllowed', examples: [ALLOWED] });

/** What an HLS playlist of `…/hls` leads to. */
export const HlsPath = z
  .string()
  .regex(
    /^(?:lower\/\d{2,4}p\/)?(?:(?:index|adaptive|video|audio)\.m3u8|(?:video|audio)\/[A-Za-z0-9][A-Za-z0-9._-]{0,40}\.(?:mp4|m4s))$/,
  );
