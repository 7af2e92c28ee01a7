import type { Track } from '@nightjar/media/stream';

/**
 * The tracks that browsers play. None of a stream whose picture they do not: its sound alone would look like a
 * fault. Sound that they do not play is left out.
 */
export function playableTracks(tracks: readonly Track[]): readonly Track[] {
  const playable = tracks.filter(({ format }) => format.codec.browser);
  const picture = tracks.find(({ kind }) => kind === 'video');
  return picture && !picture.format.codec.browser ? [] : playable;
}
