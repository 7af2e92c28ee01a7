import type { OutgoingHttpHeaders } from 'node:http';
import { type Exchange, pour } from './exchange.ts';
import { type Bytes, heedsRange, notModified, parseRange, type Validators } from './http-range.ts';

/** A film whose every byte has its place before any is sent. */
export interface Ranged {
  readonly size: number;
  readonly validators: Validators;
  /** Beside those that every such answer has. */
  readonly headers: OutgoingHttpHeaders;
  /** Bytes `[first, last]`. */
  readonly body: (bytes: Bytes) => AsyncGenerator<Buffer>;
}

/** Answers with the whole, with the part that was asked for, or that it has not changed (RFC 9110 13 and 14). */
export async function answerRanged(exchange: Exchange, ranged: Ranged): Promise<void> {
  const { request, response } = exchange;
  const { size, validators, headers, body } = ranged;
  const common: OutgoingHttpHeaders = {
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    etag: validators.etag,
    ...headers,
  };
  if (notModified(request.headers, validators)) {
    response.writeHead(304, common).end();
    return;
  }
  // Defined for GET alone (RFC 9110 14.2).
  const heeded = request.method === 'GET' && heedsRange(request.headers, validators);
  const range = heeded ? parseRange(request.headers.range, size) : 'whole';
  if (range === 'unsatisfiable') {
    response.writeHead(416, { ...common, 'content-range': `bytes */${size}` }).end();
    return;
  }
  const bytes = range === 'whole' ? { first: 0, last: size - 1 } : range;
  response.writeHead(range === 'whole' ? 200 : 206, {
    ...common,
    'content-type': 'video/mp4',
    'content-length': bytes.last - bytes.first + 1,
    ...(range === 'whole' ? {} : { 'content-range': `bytes ${bytes.first}-${bytes.last}/${size}` }),
  });
  if (request.method === 'HEAD') response.end();
  else await pour(body(bytes), exchange);
}
