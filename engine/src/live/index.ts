export { initUri, liveEdge, livePlaylist, partTargetOf } from './playlist.ts';
export type { LivePart, Rendition } from './rendition.ts';
export { LiveWindow, PART_TARGET } from './window.ts';
