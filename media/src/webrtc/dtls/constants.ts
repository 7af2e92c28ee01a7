/** Record types (RFC 5246 6.2.1). */
export const RECORD = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

/** Handshake message types (RFC 5246 7.4, RFC 6347 4.3.2). */
export const HANDSHAKE = {
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** DTLS versions count down (RFC 6347 4.1). */
export const DTLS_1_0 = 0xfeff;
export const DTLS_1_2 = 0xfefd;

/** The one suite: ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (RFC 5289). */
export const SUITE = 0xc02b;
/** RFC 5746 3.3: stands in the list of suites for an empty renegotiation_info. */
export const RENEGOTIATION_SCSV = 0x00ff;

export const EXTENSION = {
  supportedGroups: 10,
  pointFormats: 11,
  signatureAlgorithms: 13,
  useSrtp: 14,
  extendedMasterSecret: 23,
  supportedVersions: 43,
  renegotiationInfo: 0xff01,
} as const;

/** ECDSA with SHA-256 (RFC 5246 7.4.1.4.1), which our certificate signs with. */
export const ECDSA_SHA256 = 0x0403;

/** Alerts that we send or tell apart (RFC 5246 7.2, RFC 5746). */
export const ALERT = {
  close_notify: 0,
  unexpected_message: 10,
  handshake_failure: 40,
  bad_certificate: 42,
  unsupported_certificate: 43,
  illegal_parameter: 47,
  decode_error: 50,
  decrypt_error: 51,
  protocol_version: 70,
  internal_error: 80,
  no_renegotiation: 100,
} as const;

export type AlertName = keyof typeof ALERT;

/** The name of an alert, for logs. */
export function alertName(code: number): string {
  const known = Object.entries(ALERT).find(([, value]) => value === code);
  return known ? known[0] : `alert ${code}`;
}
