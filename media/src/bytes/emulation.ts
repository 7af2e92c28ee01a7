/** The NAL unit without its emulation prevention bytes: 00 00 03 becomes 00 00 (ITU-T H.264 7.4.1). */
export function unescapeNal(nal: Buffer): Buffer {
  const out = Buffer.allocUnsafe(nal.length);
  let used = 0;
  let zeros = 0;
  for (let i = 0; i < nal.length; i++) {
    const byte = nal[i]!;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out[used++] = byte;
  }
  return out.subarray(0, used);
}

/** The inverse: puts 03 between 00 00 and a byte below 4, and after a final 00 00 (ITU-T H.264 7.4.1). */
export function escapeNal(rbsp: Buffer): Buffer {
  const out: number[] = [];
  let zeros = 0;
  for (const byte of rbsp) {
    if (zeros >= 2 && byte <= 3) {
      out.push(3);
      zeros = 0;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out.push(byte);
  }
  if (zeros >= 2) out.push(3);
  return Buffer.from(out);
}
