import type { OriginalsKey } from '@nightjar/contract/link';
import type { Database, Sql } from '../database/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { FindDetector } from './desired-source.ts';
import type { Sources } from './source.ts';
import type { Stream } from './stream.ts';

/** What becomes of a stream by somebody's order. */
interface StreamHappening {
  type: 'stream.created' | 'stream.updated' | 'stream.removed';
  stream_id: string;
}

/** What `Streams` is put together from. */
export interface StreamsOptions {
  database: Database;
  clock: Clock;
  sources: Sources;
  /** Seconds of a recorded file when the stream does not say. */
  segmentDuration: () => number;
  /** What finds objects in pictures. */
  detector: FindDetector;
  /** For whom recorded originals of private streams are sealed. */
  originalsKey: () => Promise<OriginalsKey>;
  /** Files of a removed stream of this id are still to be deleted. */
  footagePending: (id: string) => Promise<boolean>;
  /** In the transaction that makes a stream. */
  created: (sql: Sql, stream: Stream) => Promise<void>;
  /** In the transaction that removes a stream, before its rows go. */
  beforeRemove: (sql: Sql, stream: Stream) => Promise<void>;
  /** In the same: ids of what goes with it, or that is all. */
  alsoRemoved: (sql: Sql, id: string) => Promise<readonly string[]>;
  /** What the engine is to converge on has changed. */
  changed: () => void;
  /** Something happened that others want to hear of. */
  happened: (happening: StreamHappening) => void;
}
