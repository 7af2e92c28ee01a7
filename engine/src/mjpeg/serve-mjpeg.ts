import type { ServerResponse } from 'node:http';
import type { ViewerEnd } from '@nightjar/contract';
import type { Clock } from '@nightjar/media/stream';
import { VisionError } from '../vision/index.ts';
import { MjpegViewer } from './mjpeg-viewer.ts';
import { MULTIPART_TYPE } from './multipart.ts';
import type { PictureHub, PictureWish } from './picture-hub.ts';

export interface MjpegRequest {
  readonly hub: PictureHub;
  readonly wish: PictureWish;
  readonly response: ServerResponse;
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  /** Whose counters these are, and who is told that it ends. */
  readonly viewer: { bytes: number; dropped: number; close(reason: ViewerEnd): void };
  /** Ends the answer; its reason is what is thrown when no picture came before. */
  readonly signal: AbortSignal;
  /** Milliseconds within which the first picture must come; 10 s when absent. */
  readonly patience?: number;
}

const FIRST_PICTURE = 10_000;

/**
 * Answers with the pictures of a row as they come, until `signal` or the client ends it. Resolves when the first
 * one is on its way; rejects with VisionError, TooManyRowsError or the signal's reason as long as nothing was written.
 */
export function serveMjpeg(request: MjpegRequest): Promise<void> {
  const { hub, wish, response, clock, viewer, signal, patience = FIRST_PICTURE } = request;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const over = (error: unknown): void => {
    leave?.();
    reject(error);
  };
  const cancel = clock.after(patience, () => over(new VisionError('busy', 'no picture came in time')));
  const taker = new MjpegViewer({
    wire: response,
    clock,
    fps: wish.fps,
    count: viewer,
    onBegin: () => {
      cancel();
      begin(response);
      resolve();
    },
    onTooSlow: () => viewer.close('too_slow'),
    onFailed: (error) => {
      over(error);
      if (response.headersSent) viewer.close('failed');
    },
  });
  let leave: (() => void) | undefined;
  const end = (): void => {
    cancel();
    over(signal.reason ?? new DOMException('the viewer left', 'AbortError'));
  };
  response.once('close', end);
  signal.addEventListener('abort', end, { once: true });
  try {
    signal.throwIfAborted();
    leave = hub.join(wish, taker);
  } catch (error) {
    cancel();
    reject(error);
  }
  return promise;
}

function begin(response: ServerResponse): void {
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, {
    'content-type': MULTIPART_TYPE,
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    connection: 'close',
  });
}
