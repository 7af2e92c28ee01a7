import { CheckedFile, type CheckPlaces, TIERS, type Tier } from '@nightjar/contract/footage';
import { BucketPlace, type Item } from './mover/index.ts';
import { type Placement, placeOf } from './settings.ts';

/** Objects asked about at a time. */
const AT_ONCE = 8;

/** Where the engine's check finds the files of tiers that are folders. */
export function checkPlaces(placement: Placement): CheckPlaces {
  const others = TIERS.slice(1).flatMap((tier) => {
    const place = placeOf(tier, placement);
    return typeof place === 'object' && place.kind === 'folder' ? [{ tier, path: place.path }] : [];
  });
  return { base_path: placement.basePath, others };
}

/** What lies in tiers that are buckets. */
export interface InBuckets {
  readonly files: readonly CheckedFile[];
  /** Tiers whose every file is among them. */
  readonly looked: readonly Tier[];
  /** Of the others, why they could not be looked at. */
  readonly faults: readonly string[];
}

/** Lists the buckets; `told`: with what each object says of itself, which costs a request for each. */
export async function inBuckets(placement: Placement, { told }: { told: boolean }): Promise<InBuckets> {
  const files: CheckedFile[] = [];
  const looked: Tier[] = [];
  const faults: string[] = [];
  for (const tier of TIERS) {
    const spec = placeOf(tier, placement);
    if (typeof spec === 'string') faults.push(`${tier}: ${spec}`);
    if (typeof spec !== 'object' || spec.kind !== 'bucket') continue;
    const place = new BucketPlace(spec);
    try {
      files.push(...(await filesIn(place, tier, told)));
      looked.push(tier);
    } catch (error) {
      faults.push(`${tier}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      place.close();
    }
  }
  return { files, looked, faults };
}

async function filesIn(place: BucketPlace, tier: Tier, told: boolean): Promise<CheckedFile[]> {
  const files: CheckedFile[] = [];
  let some: (Item & { bytes: number })[] = [];
  const take = async (): Promise<void> => {
    files.push(...(await Promise.all(some.map((item) => fileOf(place, item, { tier, told })))));
    some = [];
  };
  for await (const item of place.list()) {
    some.push(item);
    if (some.length === AT_ONCE) await take();
  }
  await take();
  return files;
}

async function fileOf(
  place: BucketPlace,
  item: Item & { bytes: number },
  { tier, told }: { tier: Tier; told: boolean },
): Promise<CheckedFile> {
  const { streamId: stream_id, filename, bytes } = item;
  const file = { stream_id, filename, bytes, tier };
  if (!told) return CheckedFile.parse({ ...file, state: 'whole' });
  const about = await place.told(item);
  if (!about) return CheckedFile.parse({ ...file, state: 'foreign', message: 'it says nothing of itself' });
  const { start, duration, sha256 } = about;
  return CheckedFile.parse({ ...file, state: 'whole', start, duration, sha256 });
}
