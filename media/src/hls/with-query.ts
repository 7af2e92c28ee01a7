/**
 * The same playlist with `name=value` in the query of every address in it, for players that are let in by the
 * address alone. Addresses are relative ones without a fragment, as the playlists here have them.
 */
export function withQuery(playlist: string, name: string, value: string): string {
  const pair = `${name}=${encodeURIComponent(value)}`;
  const add = (uri: string): string => `${uri}${uri.includes('?') ? '&' : '?'}${pair}`;
  return playlist
    .split('\n')
    .map((line) => {
      if (line === '') return line;
      if (!line.startsWith('#')) return add(line);
      return line.replace(/\bURI="([^"]+)"/g, (_, uri: string) => `URI="${add(uri)}"`);
    })
    .join('\n');
}
