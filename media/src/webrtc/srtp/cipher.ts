/** Encrypts and authenticates single packets of one direction; counting is the caller's business. */
export interface RtpCipher {
  /**
   * The protected packet in parts, `header` first as it is. `index`: rollover counter x 65,536 + sequence number.
   */
  seal(header: Buffer, lead: Buffer | undefined, payload: Buffer, ssrc: number, index: number): Buffer[];
  /**
   * Opens the packet `[start, end)`, whose payload begins at `payload`, in place. Returns the plaintext's end,
   * or -1 when it is not authentic: then nothing was changed.
   */
  open(b: Buffer, start: number, payload: number, end: number, ssrc: number, index: number): number;
}

/** The same for RTCP, where the index travels in the packet (RFC 3711 3.4). */
export interface RtcpCipher {
  /** Bytes that protecting adds. */
  readonly overhead: number;
  /** Where the word with the index stands, counted back from the packet's end. */
  readonly indexFromEnd: number;
  seal(packet: Buffer, ssrc: number, index: number): Buffer;
  open(b: Buffer, start: number, end: number, ssrc: number, index: number): number;
}

/** Set in front of the 31-bit SRTCP index: the packet is encrypted. */
export const ENCRYPTED = 0x80000000;
/** RTCP header and SSRC stay in clear. */
export const RTCP_CLEAR = 8;
