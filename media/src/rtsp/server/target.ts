import { fromHeaderText } from '../auth/digest.ts';
import { trimEnd } from '../wire/trim.ts';
import { percentDecode } from '../wire/url.ts';

/** What a request address names on our server. */
export interface Target {
  /** Decoded, without slashes at the ends. */
  readonly path: string;
  /** As sent, without `?` and without a track; '' when absent. */
  readonly query: string;
  /** From `trackID=N` at the end of path or query. */
  readonly trackIndex: number | undefined;
  /** The address without query and track, as the client wrote it, without a slash at the end. */
  readonly base: string;
}

const TRACK = /(?:^|[/?&])trackID=(\d{1,3})\/?$/i;
const MAX_PATH = 1024;

/**
 * Reads the address of a request. Clients put the track behind the path, behind the query, or between both,
 * leave out scheme and host, and double slashes.
 * @returns undefined for an address that is none.
 */
export function parseTarget(uri: string): Target | undefined {
  const match = /^((?:rtsps?:\/\/[^/?#]*)?)([^?#]*)(?:\?([^#]*))?/i.exec(uri);
  if (!match) return undefined;
  const [, origin = '', rawPath = '', rawQuery = ''] = match;
  if (origin === '' && !rawPath.startsWith('/')) return undefined;
  const inPath = TRACK.exec(rawPath);
  const inQuery = TRACK.exec(rawQuery);
  const bare = trimEnd(rawPath.slice(0, inPath?.index), '/');
  const path = percentDecode(fromHeaderText(bare)).replace(/^\/+/, '');
  if (path.length > MAX_PATH || hasControl(path)) return undefined;
  const query = trimEnd(rawQuery.slice(0, inQuery?.index), '/');
  const track = inPath?.[1] ?? inQuery?.[1];
  return { path, query, trackIndex: track === undefined ? undefined : Number(track), base: origin + bare };
}

function hasControl(text: string): boolean {
  return [...text].some((char) => char < ' ' || char === '\x7f');
}
