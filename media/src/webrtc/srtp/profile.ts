/** Numbers of DTLS-SRTP protection profiles (RFC 5764 4.1.2, RFC 7714 14.2). */
export const SRTP_PROFILES = {
  AES128_CM_HMAC_SHA1_80: 0x0001,
  AEAD_AES_128_GCM: 0x0007,
} as const;

export type SrtpProfile = keyof typeof SRTP_PROFILES;

/** Master key (16 bytes) and salt (12 bytes for GCM, 14 for CM) of one direction. */
export interface SrtpMaster {
  readonly key: Buffer;
  readonly salt: Buffer;
}
