import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A viewer's request for footage of one stream, and what answers it. */
export interface Exchange {
  readonly streamId: string;
  /** Covered pictures alone may be shown. */
  readonly coveredOnly: boolean;
  /** Recorded originals are asked for, by somebody who may: the grant with which their keys are asked for. */
  readonly originals?: string | undefined;
  /** Behind `/live/{stream_id}/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The viewer went away. */
  readonly signal: AbortSignal;
}

/** Sends what `source` yields, no faster than the viewer takes it. A viewer who leaves ends it quietly. */
export async function pour(source: AsyncGenerator<Buffer>, { response, signal }: Exchange): Promise<void> {
  try {
    await pipeline(Readable.from(source, { objectMode: false }), response);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
