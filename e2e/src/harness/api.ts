import {
  type Recording,
  RecordingList,
  StreamCreated,
  type StreamDetail,
  StreamDetail as StreamDetailShape,
  StreamList,
  type StreamSummary,
} from '@nightjar/contract/manager';
import type { z } from 'zod';

/** An HTTP answer; `body` is undefined when there was none, a string when it is not JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export type RecordingRow = z.infer<typeof Recording>;

export interface StreamRequest {
  readonly id: string;
  readonly source_url: string;
  readonly transport?: 'auto' | 'tcp' | 'udp' | 'http';
  readonly recording?: { enabled?: boolean; segment_duration?: number; retention_days?: number };
  readonly privacy?: { enabled: boolean; cover?: readonly string[]; record?: string };
  readonly reconnect?: { enabled?: boolean; max_attempts?: number; backoff_ms?: number };
}

/** Surface S2 as an operator's script sees it; every answer is held against the contract's shape. */
export class ApiClient {
  readonly base: string;
  readonly token: string;

  constructor(base: string, token: string) {
    this.base = base;
    this.token = token;
  }

  /** `body` is sent as JSON, or as it is when a string. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
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
    return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
  }

  /** The body of an answer that must have `status`. */
  async expect(status: number, method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.request(method, path, body);
    if (answer.status !== status)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async addStream(stream: StreamRequest): Promise<void> {
    StreamCreated.parse(await this.expect(201, 'POST', '/api/streams', stream));
  }

  async stream(id: string): Promise<StreamDetail> {
    return StreamDetailShape.parse(await this.expect(200, 'GET', `/api/streams/${id}`));
  }

  /** `query` as in `status=active`. */
  async streams(query = ''): Promise<StreamSummary[]> {
    return StreamList.parse(await this.expect(200, 'GET', `/api/streams?limit=500&${query}`)).streams;
  }

  /** The newest 500, newest first. */
  async recordings(id: string): Promise<RecordingRow[]> {
    const path = `/api/streams/${id}/recordings?limit=500`;
    return RecordingList.parse(await this.expect(200, 'GET', path)).recordings;
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
