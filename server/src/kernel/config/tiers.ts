import { z } from 'zod';

const Days = z.number().positive().max(36_500);
const Bytes = z.int().positive();

const Limits = { max_bytes: Bytes.nullable(), retention_days: Days.nullable() };
const Path = z.string().min(1).nullable();

const Store = z
  .strictObject({
    path: Path,
    endpoint: z.url({ protocol: /^https?$/ }).nullable(),
    region: z.string().regex(/^[a-z0-9-]{1,63}$/),
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
      .nullable(),
    prefix: z.string().regex(/^([A-Za-z0-9._-]+\/)*$/),
    path_style: z.boolean(),
    storage_class: z
      .string()
      .regex(/^[A-Z_]{1,40}$/)
      .nullable(),
    after_days: Days.nullable(),
    ...Limits,
  })
  .refine(({ endpoint, bucket }) => (endpoint === null) === (bucket === null), {
    message: 'give both endpoint and bucket, or neither',
  })
  .refine(({ path, bucket }) => path === null || bucket === null, {
    message: 'give a path or a bucket, not both',
  })
  .refine(({ endpoint }) => endpoint === null || bare(endpoint), {
    message: 'endpoint must have no path, query or user',
  });

function bare(text: string): boolean {
  const { pathname, search, hash, username, password } = new URL(text);
  return pathname === '/' && search + hash + username + password === '';
}

/** Where footage lies as it grows older, and when it goes there. */
export const TiersSection = z.strictObject({
  bytes_per_second: Bytes.nullable(),
  hot: z.strictObject({ max_bytes: Bytes.nullable(), min_free_bytes: Bytes.nullable() }),
  warm: z.strictObject({ path: Path, after_days: Days.nullable(), ...Limits }),
  cold: Store,
  archived: Store,
});
type TiersSection = z.infer<typeof TiersSection>;

/** With absolute paths. */
export function tiersFrom(section: TiersSection, absolute: (path: string) => string): TiersSection {
  const placed = <Tier extends { path: string | null }>(tier: Tier): Tier => ({
    ...tier,
    path: tier.path && absolute(tier.path),
  });
  const { warm, cold, archived } = section;
  return { ...section, warm: placed(warm), cold: placed(cold), archived: placed(archived) };
}
