/** Why an RTMP connection failed; a message for people stands beside it. */
export const RTMP_ERRORS = [
  'protocol_error',
  'refused',
  'not_found',
  'auth_failed',
  'timeout',
  'unreachable',
  'closed_by_camera',
  'no_playable_track',
  'not_rtmp',
] as const;
export type RtmpErrorCode = (typeof RTMP_ERRORS)[number];

/** A typed failure of RTMP, in words without credentials. */
export class RtmpError extends Error {
  readonly code: RtmpErrorCode;

  constructor(code: RtmpErrorCode, message: string) {
    super(message);
    this.name = 'RtmpError';
    this.code = code;
  }
}
