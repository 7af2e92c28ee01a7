import { z } from 'zod';

/** Where rows are kept; the password comes from the environment. */
export const DatabaseSection = z.strictObject({
  engine: z.enum(['sqlite', 'postgres', 'mysql']),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).nullable(),
  name: z.string().regex(/^\w{1,63}$/),
  user: z.string().min(1),
  tls: z.boolean(),
});

export type DatabaseSettings = z.infer<typeof DatabaseSection>;
