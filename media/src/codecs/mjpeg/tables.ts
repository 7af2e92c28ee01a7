/** Quantization tables of ITU-T T.81 K.1 and K.2, in zigzag order. */
const LUMINANCE = Buffer.from(
  '100b0c0e0c0a100e0d0e1211101318281a181616183123251d283a333d3c3933' +
    '383740485c4e404457453738506d51575f626768673e4d71797064785c656763',
  'hex',
);
const CHROMINANCE = Buffer.from(`1112121815182f1a1a2f634238426363${'63'.repeat(48)}`, 'hex');

/** Code values from `2 bits` on, the regular part of both AC tables. */
const REGULAR = '35363738393a434445464748494a535455565758595a636465666768696a737475767778797a';

/** Huffman tables of ITU-T T.81 K.3, each behind its class and destination as in a DHT segment. */
export const HUFFMAN: readonly Buffer[] = [
  '0000010501010101010100000000000000000102030405060708090a0b',
  '100002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f0' +
    `2433627282090a161718191a25262728292a34${REGULAR}838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aa` +
    'b2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
  '0100030101010101010101010000000000000102030405060708090a0b',
  '1100020102040403040705040400010277000102031104052131061241510761711322328108144291a1b1c109233352f0' +
    `156272d10a162434e125f11718191a262728292a${REGULAR}82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aa` +
    'b2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa',
].map((hex) => Buffer.from(hex, 'hex'));

/** The luminance and then the chrominance table of a Q from 1 to 99, 8 bits a value (RFC 2435 appendix A). */
export function quantizers(q: number): Buffer {
  const scale = q < 50 ? Math.floor(5000 / q) : 200 - 2 * q;
  const scaled = (value: number): number =>
    Math.min(255, Math.max(1, Math.floor((value * scale + 50) / 100)));
  return Buffer.from([...LUMINANCE, ...CHROMINANCE].map(scaled));
}
