import type { OutgoingHttpHeaders } from 'node:http';
import { HAND_OVER_HEADER, type HandedOver } from '@nightjar/contract/link';
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
  /** Where bytes `[first, last]` lie, for a server that reads them itself; undefined where it could not. */
  readonly handOver?: (bytes: Bytes) => HandedOver | undefined;
}

/** Answers with the whole, with the part that was asked for, or that it has not changed (RFC 9110 13 and 14). */
export async function answerRanged(exchange: Exchange, ranged: Ranged): Promise<void> {
  const { request, response } = exchange;
  const { size, validators, headers } = ranged;
  const common: OutgoingHttpHeaders = {
    'accept-ranges': 'bytes',
    // No copy of an original is left behind in a cache.
    'cache-control': exchange.originals === undefined ? 'private, no-cache' : 'private, no-store',
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
  await send(exchange, ranged, {
    bytes,
    status: range === 'whole' ? 200 : 206,
    headers: {
      ...common,
      'content-type': 'video/mp4',
      ...(range === 'whole' ? {} : { 'content-range': `bytes ${bytes.first}-${bytes.last}/${size}` }),
    },
  });
}

async function send(
  exchange: Exchange,
  { body, handOver }: Ranged,
  { bytes, status, headers }: { bytes: Bytes; status: number; headers: OutgoingHttpHeaders },
): Promise<void> {
  const { request, response } = exchange;
  const length = bytes.last - bytes.first + 1;
  const asked = request.method === 'GET' && request.headers[HAND_OVER_HEADER] === '1';
  const handed = asked ? handOver?.(bytes) : undefined;
  if (handed) {
    const text = Buffer.from(JSON.stringify(handed));
    response.writeHead(status, { ...headers, 'content-length': text.length, [HAND_OVER_HEADER]: length });
    response.end(text);
    return;
  }
  response.writeHead(status, { ...headers, 'content-length': length });
  if (request.method === 'HEAD') response.end();
  else await pour(body(bytes), exchange);
}
