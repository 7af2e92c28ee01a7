import type { Connect } from '@nightjar/media/rtsp';
import { Publishers } from './publish.ts';
import { rtspSource } from './rtsp.ts';
import type { StartSource } from './source.ts';

export { type Admission, type Publisher, Publishers, type PublishRefusal } from './publish.ts';
export {
  type SourceCounters,
  SourceError,
  type SourceOptions,
  type SourceRun,
  type StartSource,
} from './source.ts';

/** How each URL scheme is read. */
export function sourceTable(
  connect: Connect,
  publishers = new Publishers(),
): ReadonlyMap<string, StartSource> {
  return new Map([
    ['rtsp:', rtspSource(connect)],
    ['publish:', publishers.start],
  ]);
}
