/** Why an RTSP session could not be had or was lost. */
export const RTSP_ERRORS = {
  unreachable: 'No route to the camera, or its name does not resolve',
  refused: 'The camera refused the connection or has no room for another viewer',
  timeout: 'The camera did not answer in time',
  auth_failed: 'The camera did not accept the credentials, or needs some',
  not_found: 'The camera does not know this path',
  not_rtsp: 'What answers on this port does not speak RTSP',
  no_playable_track: 'The camera describes no track that can be played',
  protocol_error: 'The camera broke the protocol beyond repair',
  closed_by_camera: 'The camera ended the session',
} as const;

/** How media travels: inside the RTSP connection, in datagrams, or inside RTSP inside HTTP. */
export type RtspTransport = 'tcp' | 'udp' | 'http';

export type RtspErrorCode = keyof typeof RTSP_ERRORS;

/** An error of an RTSP session. `message` names peer, request or byte; never a credential. */
export class RtspError extends Error {
  override readonly name = 'RtspError';
  readonly code: RtspErrorCode;
  /** RTSP status code, when the peer answered with one. */
  readonly status: number | undefined;
  /** Set when the fault may be this transport's: another one may work. */
  readonly transport: RtspTransport | undefined;

  constructor(
    code: RtspErrorCode,
    message: string,
    more: { status?: number; cause?: unknown; transport?: RtspTransport } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.status = more.status;
    this.transport = more.transport;
  }
}
