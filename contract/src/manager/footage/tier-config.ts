import { z } from 'zod';

const Limits = {
  max_bytes: z.int().nullable().describe('Beyond it the oldest goes to the next tier, or is deleted.'),
  retention_days: z.number().nullable().describe('Days after which footage in this tier is deleted.'),
};
const after = z.number().nullable().describe('Days after which footage comes here; null is never by age.');

const Store = z.object({
  path: z.string().nullable().describe('A folder instead of a bucket.'),
  endpoint: z.string().nullable(),
  region: z.string(),
  bucket: z.string().nullable(),
  prefix: z.string(),
  path_style: z.boolean(),
  storage_class: z.string().nullable(),
  after_days: after,
  ...Limits,
});

/** Where footage lies as it grows older; the keys of buckets are not among it. */
export const TierConfig = z.object({
  bytes_per_second: z.int().nullable().describe('Of all moves together; null is no limit.'),
  hot: z.object({
    max_bytes: z.int().nullable(),
    min_free_bytes: z.int().nullable().describe('Kept free by moving the oldest to the next tier.'),
  }),
  warm: z.object({ path: z.string().nullable(), after_days: after, ...Limits }),
  cold: Store,
  archived: Store,
});

const NO_STORE = {
  ...{ path: null, endpoint: null, region: 'us-east-1', bucket: null, prefix: '', path_style: true },
  ...{ storage_class: null, max_bytes: null, retention_days: null },
};

export const NO_TIERS: z.infer<typeof TierConfig> = {
  bytes_per_second: null,
  hot: { max_bytes: null, min_free_bytes: null },
  warm: { path: null, after_days: 1, max_bytes: null, retention_days: null },
  cold: { ...NO_STORE, after_days: 7 },
  archived: { ...NO_STORE, after_days: 30 },
};
