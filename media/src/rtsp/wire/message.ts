/** Header fields by lower-case name, each with its values in order. Text is one character per byte (latin1). */
export type Headers = ReadonlyMap<string, readonly string[]>;

export interface RtspRequest {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface RtspResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

export type RtspMessage = RtspRequest | RtspResponse;

/** Name and value pairs in the order they are sent. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  451: 'Parameter Not Understood',
  453: 'Not Enough Bandwidth',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  459: 'Aggregate Operation Not Allowed',
  461: 'Unsupported Transport',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'RTSP Version Not Supported',
  551: 'Option Not Supported',
};

/** A head without its body. `contentLength` is 0 when absent, -1 when it is no number. */
export interface MessageHead {
  readonly message: RtspMessage;
  readonly contentLength: number;
}

const MAX_HEADERS = 128;
const NO_BODY = Buffer.alloc(0);
const NO_HEADERS: Headers = new Map();

/**
 * Reads start line and header fields (RFC 2326 4–6). Accepts what cameras send: bare LF, no reason phrase,
 * stray spaces, folded lines, lines without a colon (ignored).
 * @returns undefined when the first line is no RTSP start line or there are more than 128 lines.
 */
export function parseHead(text: string): MessageHead | undefined {
  const lines = text.split('\n', MAX_HEADERS + 1);
  if (lines.length > MAX_HEADERS) return undefined;
  const headers = parseHeaders(lines);
  const message = parseStartLine(lines[0]!.trim(), headers);
  return message && { message, contentLength: parseContentLength(header(headers, 'content-length')) };
}

/** Whether a line, without its end, begins a request or a response. */
export function isStartLine(line: string): boolean {
  return parseStartLine(line.trim(), NO_HEADERS) !== undefined;
}

/** First value of a header field, by lower-case name. */
export function header(headers: Headers, name: string): string | undefined {
  return headers.get(name)?.[0];
}

/** CSeq of a message, undefined when absent or no number. */
export function cseqOf(message: RtspMessage): number | undefined {
  const match = /^\d{1,10}/.exec(header(message.headers, 'cseq') ?? '');
  return match ? Number(match[0]) : undefined;
}

export function formatRequest(method: string, uri: string, headers: HeaderList, body = ''): Buffer {
  return format(`${method} ${uri} RTSP/1.0`, headers, body);
}

export function formatResponse(status: number, headers: HeaderList, body = ''): Buffer {
  return format(`RTSP/1.0 ${status} ${REASONS[status] ?? 'Unknown'}`, headers, body);
}

function format(startLine: string, headers: HeaderList, body: string): Buffer {
  let head = `${oneLine(startLine)}\r\n`;
  for (const [name, value] of headers) head += `${name}: ${oneLine(value)}\r\n`;
  const bytes = Buffer.from(body, 'utf8');
  if (bytes.length > 0) head += `Content-Length: ${bytes.length}\r\n`;
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), bytes]);
}

/** Values echo what a peer sent: a line break in one must not become a header field of ours. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, '');
}

function parseStartLine(line: string, headers: Headers): RtspMessage | undefined {
  const response = /^RTSP\/\d\.\d[ \t]+(\d{3})(?:[ \t]+(.*))?$/.exec(line);
  if (response) {
    const reason = response[2]?.trim() ?? '';
    return { kind: 'response', status: Number(response[1]), reason, headers, body: NO_BODY };
  }
  const request = /^([A-Z_]{1,32})[ \t]+(\S+)[ \t]+RTSP\/\d\.\d$/.exec(line);
  if (!request) return undefined;
  return { kind: 'request', method: request[1]!, uri: request[2]!, headers, body: NO_BODY };
}

function parseHeaders(lines: readonly string[]): Headers {
  const headers = new Map<string, string[]>();
  let last: string[] | undefined;
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!.trimEnd();
    if (last && /^[ \t]+\S/.test(line)) {
      last.push(`${last.pop()} ${line.trim()}`.trim());
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    last = headers.get(name) ?? [];
    last.push(line.slice(colon + 1).trim());
    headers.set(name, last);
  }
  return headers;
}

function parseContentLength(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  return /^\d{1,9}$/.test(text) ? Number(text) : -1;
}
