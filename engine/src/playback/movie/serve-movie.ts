import type { Footage } from '../covered-library.ts';
import { type Exchange, pour } from '../exchange.ts';
import { parseTimeRange } from '../time-range.ts';
import { Movie } from './movie.ts';
import { heldFiles, parseGaps } from './plan.ts';

/** A time range as one MP4 to keep, made while it is sent. */
export async function serveMovie(exchange: Exchange, library: Footage): Promise<void> {
  const { streamId, originals, query, request, response } = exchange;
  const range = parseTimeRange(query);
  const gaps = parseGaps(query);
  const segments = heldFiles(await library.find(streamId, range), range);
  const open = ({ name }: { name: string }) => library.open(streamId, name);
  const movie = new Movie({ segments, range, gaps, open });
  const start = Math.max(range.start, segments[0]!.utc);
  response.writeHead(200, {
    'content-type': 'video/mp4',
    'content-disposition': `attachment; filename="${fileName(streamId, start, originals !== undefined)}"`,
    'accept-ranges': 'none',
    'cache-control': 'private, no-store',
  });
  if (request.method === 'HEAD') response.end();
  else await pour(movie.bytes(), exchange);
}

/** Ids of streams hold letters, digits, `-` and `_` only. A clear picture of a private camera is told by its name. */
function fileName(streamId: string, utc: number, original: boolean): string {
  const time = new Date(utc).toISOString().slice(0, 19).replaceAll(':', '-').replace('T', '_');
  return `${streamId}_${time}Z${original ? '_original' : ''}.mp4`;
}
