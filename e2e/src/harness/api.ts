/** An HTTP answer with its parsed body; `body` is undefined when there was none, a string when not JSON. */
export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface RecordingRow {
  readonly filename: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds. */
  readonly duration: number;
  readonly created_at: string;
}

export interface StreamDetail {
  readonly id: string;
  readonly source_url: string;
  readonly status: string;
  readonly created_at: string;
  readonly last_connected: string | null;
  readonly recording: { enabled: boolean; status: string; current_file: string | null };
  readonly pipeline: { state: string | null };
  readonly errors: readonly unknown[];
}

export interface StreamRequest {
  readonly id: string;
  readonly source_url: string;
  readonly recording?: { enabled?: boolean; segment_duration?: number; retention_days?: number };
  readonly reconnect?: { enabled?: boolean; max_attempts?: number; backoff_ms?: number };
}

export interface ErrorBody {
  readonly error: { code: string; message: string; details?: unknown };
}

/** The wire of surface S2, as an operator's script sees it. */
export class ApiClient {
  readonly base: string;
  readonly token: string;

  constructor(base: string, token: string) {
    this.base = base;
    this.token = token;
  }

  /** `body` is sent as JSON, or as it is when a string. */
  async request<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(new URL(path, this.base), {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: response.status, headers: response.headers, body: parsed(await response.text()) as T };
  }

  /** As `request`, but anything except `status` is an error that shows the answer. */
  async expect<T>(status: number, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.request<T>(method, path, body);
    if (answer.status !== status)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  addStream(stream: StreamRequest): Promise<{ id: string; status: string }> {
    return this.expect(201, 'POST', '/api/streams', stream);
  }

  stream(id: string): Promise<StreamDetail> {
    return this.expect(200, 'GET', `/api/streams/${id}`);
  }

  async streams(query = ''): Promise<StreamDetail[]> {
    const body = await this.expect<{ streams: StreamDetail[] }>(200, 'GET', `/api/streams${query}`);
    return body.streams;
  }

  async recordings(id: string): Promise<RecordingRow[]> {
    const path = `/api/streams/${id}/recordings?limit=500`;
    const body = await this.expect<{ recordings: RecordingRow[] }>(200, 'GET', path);
    return body.recordings;
  }
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
