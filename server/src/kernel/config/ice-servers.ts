import { z } from 'zod';

/** Blanks, quotes and angle brackets would end what they are written into. */
const Word = z.string().regex(/^[!#-;=?-~]{1,256}$/);
const Url = z.string().regex(/^(stuns?|turns?):[A-Za-z0-9.:[\]-]{1,255}(\?transport=(udp|tcp))?$/);

const IceServers = z
  .array(
    z.strictObject({
      urls: z.union([Url.transform((url) => [url]), z.array(Url).min(1).max(8)]),
      username: Word.optional(),
      credential: Word.optional(),
    }),
  )
  .max(16);

/** A STUN or TURN server for viewers' browsers, in the shape of WebRTC's RTCIceServer. */
export type IceServer = z.infer<typeof IceServers>[number];

/** Reads a JSON list of servers; undefined when it is none. Credentials in it are told to every viewer. */
export function parseIceServers(text: string): readonly IceServer[] | undefined {
  try {
    return IceServers.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
