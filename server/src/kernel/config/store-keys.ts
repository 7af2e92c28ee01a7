import { Secret } from '../secret.ts';

/** What signs requests to a bucket. */
interface StoreKey {
  accessKeyId: string;
  secretAccessKey: Secret;
}

/** By the tier whose bucket it opens. */
export type StoreKeys = Partial<Record<'cold' | 'archived', StoreKey>>;

/** Reads NIGHTJAR_{TIER}_ACCESS_KEY_ID and NIGHTJAR_{TIER}_SECRET_ACCESS_KEY; tells mistakes by name. */
export function parseStoreKeys(given: (name: string) => string | undefined, mistakes: string[]): StoreKeys {
  const keys: StoreKeys = {};
  for (const tier of ['cold', 'archived'] as const) {
    const [idName, secretName] = ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY'].map(
      (name) => `NIGHTJAR_${tier.toUpperCase()}_${name}`,
    ) as [string, string];
    const [accessKeyId, secret] = [given(idName), given(secretName)];
    if (accessKeyId !== undefined && secret !== undefined)
      keys[tier] = { accessKeyId, secretAccessKey: new Secret(secret) };
    else if (accessKeyId !== undefined) mistakes.push(`${secretName}: is missing beside ${idName}`);
    else if (secret !== undefined) mistakes.push(`${idName}: is missing beside ${secretName}`);
  }
  return keys;
}
