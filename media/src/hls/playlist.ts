/** `length` bytes from `offset` of a resource. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** The initialization segment that a segment needs; the same object or URI and range while it does not change. */
export interface PlaylistMap {
  readonly uri: string;
  readonly byteRange?: ByteRange;
}

/** A partial segment (RFC 8216bis 4.4.4.9). */
export interface PlaylistPart {
  readonly uri: string;
  /** Seconds, at most the playlist's part target. */
  readonly duration: number;
  /** It begins with a key frame. */
  readonly independent: boolean;
  readonly byteRange?: ByteRange;
  /** Its bytes are missing. */
  readonly gap?: boolean;
}

/** What a segment has from its first part on. */
export interface OpenSegment {
  readonly map: PlaylistMap;
  readonly parts: readonly PlaylistPart[];
  /** UTC in milliseconds of its first sample. */
  readonly programDateTime?: number;
  /** Time stamps or formats do not continue those of the segment before. */
  readonly discontinuity?: boolean;
}

/** A whole segment. `parts` may be empty, and is written only near the live edge. */
export interface PlaylistSegment extends OpenSegment {
  readonly uri: string;
  /** Seconds. */
  readonly duration: number;
  readonly byteRange?: ByteRange;
  /** Its bytes are missing. */
  readonly gap?: boolean;
}

/** Where another rendition of the same stream stands (RFC 8216bis 4.4.5.4). */
export interface RenditionReport {
  readonly uri: string;
  readonly lastMsn: number;
  /** Index of the last part of `lastMsn`. */
  readonly lastPart?: number;
}

interface Common {
  readonly segments: readonly PlaylistSegment[];
}

/** A live playlist with partial segments; every reload of it keeps `targetDuration` and `partTarget`. */
export interface LivePlaylist extends Common {
  readonly kind: 'live';
  /** Whole seconds: no segment's duration rounds to more. */
  readonly targetDuration: number;
  /** Seconds: no part is longer, and none but the last of a segment shorter than 85 % of it. */
  readonly partTarget: number;
  /** Of the first segment. */
  readonly mediaSequence: number;
  /** Discontinuities that have left the playlist. */
  readonly discontinuitySequence: number;
  /** The segment being made; its media sequence number follows the last whole one's. */
  readonly open?: OpenSegment;
  /** The next part, not yet there. */
  readonly preloadHint?: { readonly uri: string; readonly offset?: number };
  readonly renditionReports?: readonly RenditionReport[];
}

/** A finished playlist: nothing follows. */
export interface VodPlaylist extends Common {
  readonly kind: 'vod';
}

/** A playlist of everything from a fixed beginning that grows while it is recorded; nothing of it ever goes. */
export interface EventPlaylist extends Common {
  readonly kind: 'event';
  /** Whole seconds; a longer segment makes it more. */
  readonly targetDuration: number;
}

/** A segment that needs no initialization, as MPEG-TS. */
export type ClassicSegment = Omit<PlaylistSegment, 'map'> & { readonly map?: undefined };

/** A live playlist of whole segments, for players that know neither parts nor fMP4. */
export interface ClassicPlaylist {
  readonly kind: 'classic';
  readonly segments: readonly ClassicSegment[];
  readonly targetDuration: number;
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
}

export type MediaPlaylist = LivePlaylist | VodPlaylist | EventPlaylist;
