import type { CameraQuery } from '@nightjar/contract/platform';
import type { z } from 'zod';
import { type CameraView, isActive } from '../../../cameras/index.ts';
import { statusOf } from './present.ts';

type Query = z.infer<typeof CameraQuery>;

const wordsOf = ({ camera }: CameraView): string =>
  [camera.name, camera.serialNumber, camera.location ?? ''].join('\n').toLowerCase();

/** The cameras that a query asks for, in its order; `members` are those of its group. */
export function filtered(
  views: readonly CameraView[],
  query: Query,
  members: ReadonlySet<string> | undefined,
): CameraView[] {
  const { status, is_active, recording, search, sort } = query;
  const words = search?.toLowerCase();
  const matching = views.filter(
    (view) =>
      (status === undefined || statusOf(view) === status) &&
      (is_active === undefined || isActive(view) === is_active) &&
      (recording === undefined || view.main.stream.recording.enabled === recording) &&
      (members === undefined || members.has(view.camera.id)) &&
      (words === undefined || wordsOf(view).includes(words)),
  );
  if (sort === 'created_at') return matching;
  return matching.toSorted((one, other) => one.camera.name.localeCompare(other.camera.name));
}
