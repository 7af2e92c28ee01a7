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

/** What S2 (`{"error":{code,message,details}}`) and S3 (`{statusCode,error,message}`) say; nothing else is shown. */
function saidIn(body: string): { message: string; code: string; details: Record<string, unknown> } {
  const parsed = parseJson(body);
  if (!isRecord(parsed)) return { message: '', code: '', details: {} };
  const { error, message } = parsed;
  if (isRecord(error)) {
    const details = isRecord(error['details']) ? error['details'] : {};
    return { message: textOf(error['message']), code: textOf(error['code']), details };
  }
  const lines = Array.isArray(message) ? message.filter((line) => typeof line === 'string') : [];
  const issues = lines.flatMap((line) => {
    const [, field, text] = /^([\w.]+): (.*)$/s.exec(line) ?? [];
    return field === undefined ? [] : [{ field, message: text }];
  });
  const text = lines.length > 0 ? lines.join('. ') : textOf(message);
  return { message: text, code: '', details: issues.length > 0 ? { issues, field: issues[0]?.field } : {} };
}

/** Reads the error body of either dialect; any other body is kept out of sight. */
export function apiErrorFrom(status: number, body: string, retryAfter: string | null): ApiError {
  const { message, code, details } = saidIn(body);
  const kind = kindOf(status);
  const seconds = Number(retryAfter);
  return new ApiError(kind, message || `HTTP ${status}`, {
    status,
    code,
    details,
    retryAfter: kind === 'rate_limited' ? (seconds > 0 ? seconds : DEFAULT_RETRY_AFTER) : 0,
  });
}

/** What the server found wrong, by the name of the field; empty when it is about none. */
export function fieldProblems(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ApiError)) return {};
  const { issues, field } = error.details;
  const named = (Array.isArray(issues) ? issues : []).filter(isRecord);
  const pairs = named.map((issue) => [textOf(issue['field']), textOf(issue['message'])] as const);
  if (pairs.length > 0) return Object.fromEntries(pairs);
  return typeof field === 'string' ? { [field]: error.message.replace(`${field}: `, '') } : {};
}
