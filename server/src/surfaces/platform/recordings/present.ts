import { isSealed } from '@nightjar/contract/link';
import { recordingId } from '@nightjar/contract/platform';
import type { CameraView } from '../../../cameras/index.ts';
import { DomainError, type Principal, sees, seesOriginals } from '../../../kernel/index.ts';
import type { Segment } from '../../../recordings/index.ts';
import type { PlatformRooms } from '../rooms.ts';

const DAY_MS = 86_400_000;

/** First instant that is meant, as ISO 8601 UTC with ms. */
export const fromOf = (text: string | undefined): string | undefined => text && new Date(text).toISOString();

/** Last instant that is meant: of a day, its last millisecond. */
export const toOf = (text: string | undefined): string | undefined =>
  text && new Date(Date.parse(text) + (text.includes('T') ? 0 : DAY_MS - 1)).toISOString();

/** Seconds to the millisecond. */
export const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** Cameras by the ids of their streams. */
export type Owners = ReadonlyMap<string, CameraView>;

export async function ownersOf({ cameras }: Pick<PlatformRooms, 'cameras'>): Promise<Owners> {
  const views = await cameras.list();
  return new Map(views.flatMap((view) => view.streams.map(({ stream }) => [stream.id, view] as const)));
}

/** Ids of the streams whose footage, or whose recorded originals, are within reach; of one camera or stream when asked for. */
export function streamsWithin(
  principal: Principal | undefined,
  owners: Owners,
  asked: {
    camera_id?: string | undefined;
    stream_id?: string | undefined;
    original?: boolean | undefined;
  } = {},
): string[] {
  const { camera_id, stream_id, original } = asked;
  return [...owners]
    .filter(([id, { camera }]) => camera.id === (camera_id ?? camera.id) && id === (stream_id ?? id))
    .map(([id]) => id)
    .filter((id) => (original ? seesOriginals(principal, id) : sees(principal, 'recordings:read', id)));
}

/** A file of footage as S3 shows it. */
export function recordingOf(segment: Segment, owners: Owners) {
  const { streamId, filename, startAt, endAt, duration, bytes, tier, closeReason } = segment;
  const camera = owners.get(streamId)?.camera;
  return {
    id: recordingId(streamId, filename),
    camera_id: camera?.id ?? streamId,
    camera_name: camera?.name ?? streamId,
    stream_id: streamId,
    filename,
    status: endAt === null ? ('recording' as const) : ('completed' as const),
    started_at: startAt,
    ended_at: endAt,
    duration: rounded(duration),
    size: bytes,
    storage_tier: tier,
    protected: segment.protected,
    close_reason: closeReason,
  };
}

/**
 * A file within reach; a sealed original only where `original` says that it is meant as well, since its bytes leave by
 * the live surface alone. Throws NOT_FOUND, the same for one of others and for none.
 */
export async function recordingWithin(
  principal: Principal | undefined,
  { stream_id, filename }: { stream_id: string; filename: string },
  { footageSearch }: Pick<PlatformRooms, 'footageSearch'>,
  { original } = { original: false },
): Promise<Segment> {
  const known = isSealed(filename)
    ? original && seesOriginals(principal, stream_id)
    : sees(principal, 'recordings:read', stream_id);
  const segment = known ? await footageSearch.one(stream_id, filename) : undefined;
  if (!segment) throw new DomainError('NOT_FOUND', 'No such recording');
  return segment;
}
