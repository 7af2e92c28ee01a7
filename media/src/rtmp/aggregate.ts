import { MalformedError } from '../bytes/index.ts';
import { TAG_HEADER, type TagSink, tagTimestamp } from '../flv/index.ts';

const TRAILER = 4;
const WRAP = 2 ** 32;

/**
 * Hands on the messages of an aggregate (RTMP specification 7.1.6): FLV tags, whose times are moved so that the
 * first one has the time of the whole. Throws MalformedError.
 */
export function eachAggregated(
  timestamp: number,
  b: Buffer,
  start: number,
  end: number,
  sink: TagSink,
): void {
  let at = start;
  let shift: number | undefined;
  while (at < end) {
    if (at + TAG_HEADER > end) throw new MalformedError('aggregate ends too early', at);
    const body = at + TAG_HEADER;
    const next = body + b.readUIntBE(at + 1, 3);
    if (next > end) throw new MalformedError('aggregate ends too early', at);
    const time = tagTimestamp(b, at);
    shift ??= timestamp - time;
    sink.tag(b[at]!, (((time + shift) % WRAP) + WRAP) % WRAP, b, body, next);
    at = next + TRAILER;
  }
}
