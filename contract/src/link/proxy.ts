import { createHash } from 'node:crypto';
import { z } from 'zod';
import { StreamFault } from '../stream.ts';
import { DesiredSource } from './desired.ts';

/** Path of the engine's door at which the server asks for the pictures of a camera that is no stream. */
export const PROXY_PATH = '/proxy';

/** The credential of the server at the engine's door, from the key both share: `Bearer …`. */
export const linkBearer = (key: Buffer): string => `Bearer ${createHash('sha256').update(key).digest('hex')}`;

/** Body of a POST to `PROXY_PATH`; the answer is a multipart of JPEGs, or a `ProxyRefusal`. */
export const ProxyRequest = z.object({
  source: DesiredSource,
  /** Query of the caller: `width`, `quality`, `fps`. */
  query: z.string().max(500),
});
export type ProxyRequest = z.infer<typeof ProxyRequest>;

/** Why there is no picture; `fault` where the camera is the reason. */
export const ProxyRefusal = z.object({
  status: z.number().int(),
  message: z.string().max(500),
  fault: StreamFault.optional(),
});
export type ProxyRefusal = z.infer<typeof ProxyRefusal>;
