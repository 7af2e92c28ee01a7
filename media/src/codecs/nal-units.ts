import { MalformedError } from '../bytes/index.ts';

const START_CODE = Buffer.from([0, 0, 1]);

/** The NAL units of a byte stream with Annex B start codes; the whole buffer as one when it has none. */
export function splitAnnexB(buffer: Buffer): Buffer[] {
  const nals: Buffer[] = [];
  let start = 0;
  for (;;) {
    const code = buffer.indexOf(START_CODE, start);
    pushNal(nals, buffer, start, code < 0 ? buffer.length : code);
    if (code < 0) return nals;
    start = code + START_CODE.length;
  }
}

/** Trailing zeros belong to the byte stream, not to the NAL unit (ITU-T H.264 B.1). */
function pushNal(nals: Buffer[], buffer: Buffer, start: number, end: number): void {
  let last = end;
  while (last > start && buffer[last - 1] === 0) last--;
  if (last > start) nals.push(buffer.subarray(start, last));
}

/** Throws MalformedError for a parameter set that a decoder configuration record cannot hold. */
export function checkSetSize(nal: Buffer): void {
  if (nal.length < 2 || nal.length > 0xffff)
    throw new MalformedError(`parameter set of ${nal.length} bytes`, 0);
}

/** `count` parameter sets from `start` on, each behind its 16-bit length, as `avcC` and `hvcC` hold them. Throws MalformedError. */
export function readSetList(record: Buffer, start: number, count: number): { nals: Buffer[]; end: number } {
  const nals: Buffer[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 2 > record.length) throw new MalformedError('decoder configuration ends too early', at);
    const end = at + 2 + record.readUInt16BE(at);
    if (end > record.length) throw new MalformedError('decoder configuration ends too early', at);
    nals.push(record.subarray(at + 2, end));
    at = end;
  }
  if (at > record.length) throw new MalformedError('decoder configuration ends too early', at);
  return { nals, end: at };
}

/**
 * The parameter sets after `fresh` ones arrived: a set replaces the one of its key, the others stay. Sets
 * without a key are unreadable and left out.
 */
export function latestSets(
  known: readonly Buffer[],
  fresh: readonly Buffer[],
  keyOf: (nal: Buffer) => string | undefined,
): Buffer[] {
  const byKey = new Map<string, Buffer>();
  for (const nal of [...known, ...fresh.flatMap(splitAnnexB)]) {
    const key = keyOf(nal);
    if (key !== undefined) byKey.set(key, nal);
  }
  return [...byKey.values()];
}
