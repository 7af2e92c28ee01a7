/** What kind of answer failed: `refused` is any other 4xx, `network` no answer at all. */
export type ApiErrorKind = 'network' | 'unauthorized' | 'forbidden' | 'rate_limited' | 'refused' | 'server';

/** A request that did not succeed. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly kind: ApiErrorKind;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  /** The server's code, such as `STREAM_NOT_FOUND`; empty when it gave none. */
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Seconds the server asks to wait; only with `rate_limited`. */
  readonly retryAfter: number;

  constructor(
    kind: ApiErrorKind,
    message: string,
    options: {
      status?: number;
      code?: string;
      details?: Record<string, unknown>;
      retryAfter?: number;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.status = options.status ?? 0;
    this.code = options.code ?? '';
    this.details = options.details ?? {};
    this.retryAfter = options.retryAfter ?? 0;
  }
}

const DEFAULT_RETRY_AFTER = 5;

function kindOf(status: number): ApiErrorKind {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 429) return 'rate_limited';
  // A proxy in front answers these while the server itself is away.
  if (status === 502 || status === 503 || status === 504) return 'network';
  return status >= 500 ? 'server' : 'refused';
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads `{"error":{"code","message","details"}}`; any other body is kept out of sight. */
export function apiErrorFrom(status: number, body: string, retryAfter: string | null): ApiError {
  const parsed = parseJson(body);
  const error = isRecord(parsed) && isRecord(parsed['error']) ? parsed['error'] : {};
  const kind = kindOf(status);
  const seconds = Number(retryAfter);
  return new ApiError(kind, textOf(error['message']) || `HTTP ${status}`, {
    status,
    code: textOf(error['code']),
    details: isRecord(error['details']) ? error['details'] : {},
    retryAfter: kind === 'rate_limited' ? (seconds > 0 ? seconds : DEFAULT_RETRY_AFTER) : 0,
  });
}
