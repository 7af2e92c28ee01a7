import { isAbsolute, join } from 'node:path';
import { TIERS, type Tier } from '@nightjar/contract/footage';
import type { Config, StoreKeys } from '../../kernel/index.ts';
import type { PlaceSpec } from './place.ts';

export type TierConfig = Config['tiers'];
type Bucketed = TierConfig['cold'];

/** What of the configuration says where footage lies. */
export interface Placement {
  config: TierConfig;
  /** Absolute folder of the hot tier's `hot/`. */
  basePath: string;
  keys: StoreKeys;
  outbound: Config['network'];
  own: readonly string[];
}

/** How a tier is kept, or why it is not: undefined when nothing is set for it, a text when something is missing. */
export function placeOf(
  tier: Tier,
  { config, basePath, keys, outbound, own }: Placement,
): PlaceSpec | string | undefined {
  if (tier === 'hot') return { kind: 'folder', path: join(basePath, 'hot') };
  if (tier === 'warm') return folder(config.warm.path);
  const settings: Bucketed = config[tier];
  if (settings.path !== null) return folder(settings.path);
  const { endpoint, bucket, region, prefix, path_style: pathStyle, storage_class: storageClass } = settings;
  if (bucket === null || endpoint === null) return undefined;
  const key = keys[tier];
  if (!key) {
    const name = tier.toUpperCase();
    return `NIGHTJAR_${name}_ACCESS_KEY_ID and NIGHTJAR_${name}_SECRET_ACCESS_KEY are not set`;
  }
  return {
    kind: 'bucket',
    ...{ endpoint, bucket, region, prefix, pathStyle, storageClass, outbound, own },
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey.reveal(),
  };
}

function folder(path: string | null): PlaceSpec | undefined {
  return path !== null && isAbsolute(path) ? { kind: 'folder', path } : undefined;
}

/** The tiers that footage can be in, newest first. */
export function tiersInUse(placement: Placement): Tier[] {
  return TIERS.filter((tier) => typeof placeOf(tier, placement) === 'object');
}
