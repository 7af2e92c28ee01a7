/**
 * Every error the product can answer: HTTP status and what it says when the thrower adds nothing. Domain
 * code throws a code; each surface answers it in its own dialect.
 */
export const ERRORS = {
  STREAM_NOT_FOUND: { status: 404, message: 'Stream not found' },
  STREAM_ALREADY_EXISTS: { status: 409, message: 'Stream ID already in use' },
  INVALID_CONFIGURATION: { status: 400, message: 'Invalid configuration parameters' },
  STREAM_BUSY: { status: 409, message: 'Stream is busy with another operation' },
  RECORDING_IN_PROGRESS: { status: 409, message: 'Recording already active' },
  NO_RECORDING: { status: 404, message: 'No active recording to stop' },
  UNAUTHORIZED: { status: 401, message: 'Missing or invalid authentication' },
  FORBIDDEN: { status: 403, message: 'The token does not grant this' },
  CONFLICT: { status: 409, message: 'It conflicts with what is there already' },
  PROVIDER_UNAVAILABLE: { status: 502, message: 'The identity provider does not answer' },
  NOT_FOUND: { status: 404, message: 'No such resource' },
  RATE_LIMITED: { status: 429, message: 'Too many requests' },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'The request body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, message: 'The request body must be application/json' },
  PRECONDITION_FAILED: { status: 412, message: 'It is not in the state the request expects' },
  PRECONDITION_REQUIRED: { status: 428, message: 'If-Match is missing' },
  NOT_PLAYABLE: { status: 422, message: 'The stream cannot be watched this way' },
  UPGRADE_REQUIRED: { status: 426, message: 'This is a WebSocket' },
  ENGINE_UNAVAILABLE: { status: 503, message: 'The media engine is not connected' },
  ENGINE_FAILED: { status: 502, message: 'The media engine did not answer' },
  CAMERA_UNAUTHORIZED: { status: 401, message: 'The camera refuses these credentials' },
  CAMERA_UNREACHABLE: { status: 502, message: 'The camera does not answer' },
  TIMED_OUT: { status: 503, message: 'It did not come up in time' },
  CAMERA_CANNOT: { status: 422, message: 'The camera cannot do this' },
  CAMERA_FAILED: { status: 500, message: 'The camera gives no picture' },
  INTERNAL_ERROR: { status: 500, message: 'Internal server error' },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof ERRORS;
