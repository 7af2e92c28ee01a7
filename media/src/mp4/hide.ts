import { atLeast, boxAt, childBoxes } from './box.ts';

/** A handler that players pass over (ISO/IEC 14496-12 8.4.3: timed metadata). */
const PASSED_OVER = 'meta';

/**
 * The head of a file, `moov` included, with some tracks declared as metadata, so that a player that knows nothing of
 * their codec plays the others. Every byte stays at its place, and so do the fragments behind. Throws MalformedError.
 */
export function hideTracks(head: Buffer, hidden: ReadonlySet<number>): Buffer {
  const copy = Buffer.from(head);
  for (const moov of childBoxes(head, 0, head.length).filter(({ type }) => type === 'moov')) {
    const traks = childBoxes(head, moov.payload, moov.end).filter(({ type }) => type === 'trak');
    for (const trak of traks) {
      const tkhd = boxAt(head, trak, 'tkhd');
      atLeast(tkhd, 24);
      const id = head.readUInt32BE(tkhd.payload + (head[tkhd.payload] === 1 ? 20 : 12));
      const hdlr = boxAt(head, trak, 'mdia', 'hdlr');
      atLeast(hdlr, 12);
      if (hidden.has(id)) copy.write(PASSED_OVER, hdlr.payload + 8, 'latin1');
    }
  }
  return copy;
}
