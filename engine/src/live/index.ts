export { liveEdge, livePlaylist } from './playlist.ts';
export type { Rendition } from './rendition.ts';
export { LiveWindow } from './window.ts';
