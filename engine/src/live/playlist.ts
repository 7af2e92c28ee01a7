import type { LiveEdge, LivePlaylist, OpenSegment, PlaylistPart, PlaylistSegment } from '@nightjar/media/hls';
import type { LiveSegment, Rendition } from './rendition.ts';

/** What a playlist that goes back further than memory shows before the rendition's own segments. */
export interface Before {
  readonly segments: readonly PlaylistSegment[];
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  readonly targetDuration: number;
  /** The rendition's segment that does not continue them. */
  readonly brokenAt: number | undefined;
}

/** The playlist of a rendition as it stands. */
export function livePlaylist(
  rendition: Rendition,
  options: { targetDuration: number; other: Rendition | undefined; before?: Before | undefined },
): LivePlaylist {
  const { before } = options;
  const playlist = ownPlaylist(rendition, options);
  if (!before) return playlist;
  const { mediaSequence, discontinuitySequence, brokenAt } = before;
  const own = playlist.segments.map((segment, i) =>
    playlist.mediaSequence + i === brokenAt ? { ...segment, discontinuity: true } : segment,
  );
  const openIsBroken = playlist.mediaSequence + own.length === brokenAt;
  return {
    ...playlist,
    ...(playlist.open && openIsBroken ? { open: { ...playlist.open, discontinuity: true } } : {}),
    segments: [...before.segments, ...own],
    mediaSequence,
    discontinuitySequence,
    targetDuration: Math.max(playlist.targetDuration, before.targetDuration),
  };
}

function ownPlaylist(
  rendition: Rendition,
  options: { targetDuration: number; other: Rendition | undefined },
): LivePlaylist {
  const folder = rendition.track.kind;
  const { segments } = rendition;
  const last = segments.at(-1);
  const open = last && !last.closed ? last : undefined;
  const hint = open ? partUri(folder, open.msn, open.parts.length) : partUri(folder, rendition.nextMsn, 0);
  return {
    kind: 'live',
    targetDuration: options.targetDuration,
    partTarget: rendition.partTarget,
    mediaSequence: segments[0]?.msn ?? rendition.nextMsn,
    discontinuitySequence: rendition.discontinuitiesGone,
    segments: segments.filter((segment) => segment.closed).map((segment) => wholeSegment(folder, segment)),
    ...(open ? { open: openSegment(folder, open) } : {}),
    preloadHint: { uri: hint },
    renditionReports: report(options.other),
  };
}

/** Where the rendition stands, for blocking reloads. */
export function liveEdge(rendition: Rendition): LiveEdge {
  const last = rendition.segments.at(-1);
  const whole = last?.closed ? last : rendition.segments.at(-2);
  return {
    lastMsn: whole?.msn ?? rendition.nextMsn - (last ? 2 : 1),
    lastParts: whole?.parts.length ?? 0,
    openParts: last && !last.closed ? last.parts.length : 0,
    partTarget: rendition.partTarget,
  };
}

export const initUri = (folder: string, generation: number): string => `${folder}/init-${generation}.mp4`;
export const partUri = (folder: string, msn: number, part: number): string => `${folder}/${msn}.${part}.m4s`;
export const segmentUri = (folder: string, msn: number): string => `${folder}/${msn}.m4s`;

function report(other: Rendition | undefined): { uri: string; lastMsn: number; lastPart: number }[] {
  const last = other?.segments.at(-1);
  if (!other || !last || last.parts.length === 0) return [];
  return [{ uri: `${other.track.kind}.m3u8`, lastMsn: last.msn, lastPart: last.parts.length - 1 }];
}

function openSegment(folder: string, segment: LiveSegment): OpenSegment {
  return {
    map: { uri: initUri(folder, segment.generation) },
    parts: segment.parts.map((part, index): PlaylistPart => {
      const { duration, independent } = part;
      return { uri: partUri(folder, segment.msn, index), duration, independent };
    }),
    programDateTime: segment.utc,
    discontinuity: segment.discontinuity,
  };
}

function wholeSegment(folder: string, segment: LiveSegment): PlaylistSegment {
  return {
    ...openSegment(folder, segment),
    uri: segmentUri(folder, segment.msn),
    duration: segment.duration,
  };
}
