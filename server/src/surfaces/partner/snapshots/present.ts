import type { PartnerSnapshot } from '@nightjar/contract/partner';
import type { Snapshot } from '../../../snapshots/index.ts';

/** A snapshot in S4's words. */
export function shownSnapshot(snapshot: Snapshot): PartnerSnapshot {
  const { id, picture } = snapshot;
  return {
    id,
    stream_id: snapshot.streamId,
    source: snapshot.source,
    status: snapshot.status,
    error: snapshot.error,
    timestamp: picture?.takenAt ?? snapshot.wantedAt,
    created_by: snapshot.createdBy,
    created_by_principal: snapshot.owner,
    metadata: { ...snapshot.metadata },
    format: 'jpg',
    file_size: picture?.bytes ?? null,
    image_url: `/v2/snapshots/${id}/image`,
    created_at: snapshot.createdAt,
    updated_at: snapshot.updatedAt,
  };
}
