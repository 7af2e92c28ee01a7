import type { Connect } from '@nightjar/media/rtsp';
import { rtspSource } from './rtsp.ts';
import type { StartSource } from './source.ts';

export {
  type SourceCounters,
  SourceError,
  type SourceOptions,
  type SourceRun,
  type StartSource,
} from './source.ts';

/** How each URL scheme is read. */
export function sourceTable(connect: Connect): ReadonlyMap<string, StartSource> {
  return new Map([['rtsp:', rtspSource(connect)]]);
}
