import type { PartnerBookmark } from '@nightjar/contract/partner';
import type { Bookmark } from '../../../bookmarks/index.ts';

/** A bookmark in S4's words. */
export function shownBookmark(bookmark: Bookmark): PartnerBookmark {
  const { id, clip } = bookmark;
  return {
    id,
    stream_id: bookmark.streamId,
    source: bookmark.source,
    status: bookmark.status,
    error: bookmark.error,
    center_timestamp: bookmark.centerAt,
    before_seconds: bookmark.beforeSeconds,
    after_seconds: bookmark.afterSeconds,
    label: bookmark.label,
    event_type: bookmark.eventType,
    confidence: bookmark.confidence,
    tags: [...bookmark.tags],
    created_by: bookmark.createdBy,
    created_by_principal: bookmark.owner,
    start_time: clip?.startAt ?? null,
    end_time: clip?.endAt ?? null,
    duration_seconds: clip?.duration ?? null,
    format: 'mp4',
    file_size: clip?.bytes ?? null,
    sha256: clip?.sha256 ?? null,
    video_url: `/v2/bookmarks/${id}/video`,
    thumbnail_url: bookmark.thumbnail ? `/v2/bookmarks/${id}/thumbnail` : null,
    created_at: bookmark.createdAt,
    updated_at: bookmark.updatedAt,
  };
}
