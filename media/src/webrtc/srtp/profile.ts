/** Numbers of DTLS-SRTP protection profiles (RFC 5764 4.1.2, RFC 7714 14.2). */
export const SRTP_PROFILES = {
  AEAD_AES_128_GCM: 0x0007,
  AES128_CM_HMAC_SHA1_80: 0x0001,
} as const;

export type SrtpProfile = keyof typeof SRTP_PROFILES;

/** Bytes of master key and master salt (RFC 7714 12, RFC 3711 5.3). */
export const MASTER_KEY_BYTES = 16;
export const MASTER_SALT_BYTES: Readonly<Record<SrtpProfile, number>> = {
  AEAD_AES_128_GCM: 12,
  AES128_CM_HMAC_SHA1_80: 14,
};

/** Master key and salt of one direction. */
export interface SrtpMaster {
  readonly key: Buffer;
  readonly salt: Buffer;
}
