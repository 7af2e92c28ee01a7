/** RTCP packet types and formats (RFC 4585 6.1). */
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
const NACK = 1;
const PLI = 1;
const APPLICATION = 15;

function packet(count: number, type: number, ssrc: number, body: Buffer): Buffer {
  const padded = Math.ceil(body.length / 4) * 4;
  const b = Buffer.alloc(8 + padded);
  b[0] = 0x80 | count;
  b[1] = type;
  b.writeUInt16BE(1 + padded / 4, 2);
  b.writeUInt32BE(ssrc >>> 0, 4);
  body.copy(b, 8);
  return b;
}

/** Asks for packets of `media` by their sequence numbers, in order (RFC 4585 6.2.1). */
export function nack(ssrc: number, media: number, sequences: readonly number[]): Buffer {
  const entries: { first: number; mask: number }[] = [];
  for (const sequence of sequences) {
    const last = entries.at(-1);
    const behind = last ? (sequence - last.first) & 0xffff : 0;
    if (last && behind >= 1 && behind <= 16) last.mask |= 1 << (behind - 1);
    else entries.push({ first: sequence, mask: 0 });
  }
  const body = Buffer.alloc(4 + entries.length * 4);
  body.writeUInt32BE(media >>> 0, 0);
  for (const [index, { first, mask }] of entries.entries()) {
    body.writeUInt16BE(first, 4 + index * 4);
    body.writeUInt16BE(mask, 6 + index * 4);
  }
  return packet(NACK, TRANSPORT_FEEDBACK, ssrc, body);
}

/** Asks the source for a key frame (RFC 4585 6.3.1). */
export function pictureLoss(ssrc: number, media: number): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(media >>> 0);
  return packet(PLI, PAYLOAD_FEEDBACK, ssrc, body);
}

/** The bits per second that all sources together may take (draft-alvestrand-rmcat-remb-03). */
export function estimate(ssrc: number, bitrate: number, sources: readonly number[]): Buffer {
  const body = Buffer.alloc(12 + sources.length * 4);
  body.write('REMB', 4, 'latin1');
  body[8] = sources.length;
  const exponent = Math.max(0, Math.ceil(Math.log2((bitrate + 1) / 2 ** 18)));
  body.writeUIntBE(exponent * 2 ** 18 + Math.floor(bitrate / 2 ** exponent), 9, 3);
  for (const [index, source] of sources.entries()) body.writeUInt32BE(source >>> 0, 12 + index * 4);
  return packet(APPLICATION, PAYLOAD_FEEDBACK, ssrc, body);
}
