export type DatagramKind = 'stun' | 'dtls' | 'rtp' | 'rtcp';

/**
 * What a datagram on a port shared by all protocols is, by its first byte (RFC 7983 7); RTP from RTCP by its
 * second (RFC 5761 4). undefined: nothing that is spoken here.
 */
export function kindOf(b: Buffer): DatagramKind | undefined {
  const [first, second] = b;
  if (first === undefined || second === undefined) return undefined;
  if (first < 4) return 'stun';
  if (first < 20 || first > 191) return undefined;
  if (first < 64) return 'dtls';
  if (first < 128) return undefined;
  return second >= 192 && second <= 223 ? 'rtcp' : 'rtp';
}
