export { FlvFans } from './flv-fans.ts';
export type { Piece, PieceTaker } from './fragment-fan.ts';
export { FragmentFans, type FragmentWish } from './fragment-fans.ts';
export { type Hold, holdOf } from './hold.ts';
export { playableTracks } from './playable.ts';
export { initUri, liveEdge, livePlaylist, segmentUri } from './playlist.ts';
export type { LiveSegment, Rendition } from './rendition.ts';
export { RtpSenders } from './rtp-senders.ts';
export { LiveWindow } from './window.ts';
