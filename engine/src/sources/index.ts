import type { CameraSockets } from '../outbound/index.ts';
import { type FileSourceOptions, fileSource } from './file.ts';
import { httpSource } from './http.ts';
import { Publishers } from './publish.ts';
import { rtmpSource } from './rtmp.ts';
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
export type { SeenCertificate } from './trust.ts';

/** How each URL scheme is read. */
export function sourceTable(
  sockets: CameraSockets,
  publishers = new Publishers(),
  around: FileSourceOptions = {},
): ReadonlyMap<string, StartSource> {
  const rtsp = rtspSource(sockets);
  const rtmp = rtmpSource(sockets);
  const http = httpSource(sockets, around.containers);
  return new Map([
    ['rtsp:', rtsp],
    ['rtsps:', rtsp],
    ['rtmp:', rtmp],
    ['rtmps:', rtmp],
    ['http:', http],
    ['https:', http],
    ['file:', fileSource(around)],
    ['publish:', publishers.start],
  ]);
}
