import { z } from 'zod';

/** Where servers of one installation meet; the password comes from the environment. */
export const RedisSection = z.strictObject({
  host: z.string().min(1).nullable(),
  port: z.int().min(1).max(65_535),
  user: z.string().min(1).nullable(),
  tls: z.boolean(),
  prefix: z.string().regex(/^[\w:.-]{1,64}$/),
});

export type RedisSettings = z.infer<typeof RedisSection>;
