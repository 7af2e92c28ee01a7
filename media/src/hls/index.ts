export { formatMediaPlaylist } from './media-playlist.ts';
export {
  type AudioRendition,
  formatMultivariant,
  type MultivariantPlaylist,
  type Variant,
} from './multivariant.ts';
export type {
  ByteRange,
  ClassicPlaylist,
  EventPlaylist,
  LivePlaylist,
  MediaPlaylist,
  OpenSegment,
  PlaylistMap,
  PlaylistPart,
  PlaylistSegment,
  RenditionReport,
  VodPlaylist,
} from './playlist.ts';
export { HlsToStream, type HlsToStreamOptions } from './pull/hls-to-stream.ts';
export { type Fetched, type HlsFetch, PlaylistEndedError } from './pull/playlist-pull.ts';
export {
  isReady,
  type LiveEdge,
  parseReload,
  type Reload,
  ReloadError,
  type ReloadProblem,
} from './reload.ts';
export { withQuery } from './with-query.ts';
