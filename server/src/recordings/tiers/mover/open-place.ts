import type { PlaceSpec } from '../place.ts';
import { BucketPlace } from './bucket-place.ts';
import { FolderPlace } from './folder-place.ts';
import type { Place } from './place.ts';

/** The place that a tier is; nothing is reached before its first use. */
export function openPlace(spec: PlaceSpec): Place {
  return spec.kind === 'folder' ? new FolderPlace(spec) : new BucketPlace(spec);
}
