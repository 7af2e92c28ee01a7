import type { PartnerCaptureStatus, PartnerSource } from '@nightjar/contract/partner';

/** A clip of a stream around a moment, and what somebody says of it; times ISO 8601 UTC with ms. */
export interface Bookmark {
  id: string;
  streamId: string;
  source: PartnerSource;
  centerAt: string;
  beforeSeconds: number;
  afterSeconds: number;
  label: string;
  eventType: string | null;
  /** 0 to 1. */
  confidence: number | null;
  tags: readonly string[];
  /** As the caller says, else its name. */
  createdBy: string;
  /** The principal that made it, as `kind:id`. */
  owner: string;
  status: PartnerCaptureStatus;
  error: string | null;
  /** What there is; null until it is ready. */
  clip: Clip | null;
  thumbnail: boolean;
  /** Counts up with each change. */
  version: number;
  createdAt: string;
  updatedAt: string;
}

export interface Clip {
  startAt: string;
  endAt: string;
  /** Seconds it plays; less than from start to end where footage is missing. */
  duration: number;
  bytes: number;
  /** Hex. */
  sha256: string;
}

/** What may be said of a bookmark, and changed without touching its files. */
export type About = Pick<Bookmark, 'label' | 'eventType' | 'confidence' | 'tags'>;

/** Which bookmarks of a stream, the newest moment first. */
export interface BookmarkQuery {
  streamId: string;
  eventType?: string | undefined;
  createdBy?: string | undefined;
  status?: string | undefined;
  tag?: string | undefined;
  minConfidence?: number | undefined;
  /** Of the moment, both ends included. */
  from?: string | undefined;
  to?: string | undefined;
  limit: number;
  offset: number;
}

/** UTC milliseconds. */
export const windowOf = (
  bookmark: Pick<Bookmark, 'centerAt' | 'beforeSeconds' | 'afterSeconds'>,
): { start: number; center: number; end: number } => {
  const center = Date.parse(bookmark.centerAt);
  return {
    start: center - bookmark.beforeSeconds * 1000,
    center,
    end: center + bookmark.afterSeconds * 1000,
  };
};

export const videoFile = (id: string): string => `${id}.mp4`;
export const thumbnailFile = (id: string): string => `${id}.jpg`;
