/** How a server is reached, and as whom. */
export interface ClientOptions {
  /** For example `https://cameras.example`. */
  base: string;
  clientId: string;
  clientSecret: string;
  /** `fetch` of the platform when absent. */
  fetch?: typeof fetch;
}

/** The server refused. `detail` is its word, or the list of fields that are wrong (status 422). */
export class NightjarError extends Error {
  readonly status: number;
  readonly detail: unknown;

  constructor(status: number, detail: unknown) {
    super(typeof detail === 'string' ? detail : `the server answered ${status}`);
    this.name = 'NightjarError';
    this.status = status;
    this.detail = detail;
  }
}

export interface Asked {
  method?: string;
  body?: unknown;
  /** Sent so that trying again makes nothing twice. */
  idempotencyKey?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

const TRIES = 4;
const FIRST_PAUSE_MS = 250;
/** The server or what is behind it is away for a moment. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);
/** Milliseconds for which an answer to begin is waited for; a path that is dead says nothing. */
const ANSWER_MS = 20_000;
/** Milliseconds before its end at which a token is renewed. */
const MARGIN_MS = 30_000;

/** Calls to one server: tokens asked for and renewed, and calls tried again where that does no harm. */
export class Connection {
  readonly #options: ClientOptions;
  readonly #fetch: typeof fetch;
  #tokens: Tokens | undefined;
  #expires = 0;
  #signingIn: Promise<string> | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#fetch = options.fetch ?? ((...given) => fetch(...given));
  }

  /** Absolute address of a path of the API. Throws for one of another server: it must not get the token. */
  url(path: string): string {
    const url = new URL(path, this.#options.base);
    if (url.origin !== new URL(this.#options.base).origin)
      throw new TypeError('an address of another server');
    return url.href;
  }

  /** An access token that counts for half a minute at least. Rejects with NightjarError. */
  token(): Promise<string> {
    if (this.#tokens && Date.now() < this.#expires) return Promise.resolve(this.#tokens.access_token);
    this.#signingIn ??= this.#signIn().finally(() => {
      this.#signingIn = undefined;
    });
    return this.#signingIn;
  }

  /** The JSON of an answer; undefined when it has none. Rejects with NightjarError. */
  async json<T>(path: string, asked: Asked = {}): Promise<T> {
    const text = await (await this.open(path, asked)).text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** The answer, which is a success. Rejects with NightjarError, and what `fetch` rejects with. */
  async open(path: string, asked: Asked = {}): Promise<Response> {
    const method = asked.method ?? 'GET';
    const harmless = method !== 'POST' || asked.idempotencyKey !== undefined;
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#once(path, method, asked).catch((error: unknown) => {
        if (!harmless || attempt >= TRIES || asked.signal?.aborted) throw error;
        return undefined;
      });
      if (answer?.ok) return answer;
      if (answer?.status === 401 && !renewed) {
        renewed = true;
        this.#expires = 0;
        await answer.body?.cancel();
        continue;
      }
      const again = harmless && attempt < TRIES && (!answer || AWAY.has(answer.status));
      if (answer && !again) throw await refusalOf(answer);
      await answer?.body?.cancel();
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1), asked.signal);
    }
  }

  async #once(path: string, method: string, asked: Asked): Promise<Response> {
    const { body, idempotencyKey, headers } = asked;
    return this.#ask(path, asked.signal, {
      method,
      headers: {
        ...headers,
        authorization: `Bearer ${await this.token()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** What the answer brings later may take as long as it likes. */
  async #ask(path: string, over: AbortSignal | undefined, request: RequestInit): Promise<Response> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error('no answer in time')), ANSWER_MS);
    const signal = over ? AbortSignal.any([late.signal, over]) : late.signal;
    try {
      return await this.#fetch(this.url(path), { ...request, signal });
    } finally {
      clearTimeout(timer);
    }
  }

  async #signIn(): Promise<string> {
    const { clientId, clientSecret } = this.#options;
    const refresh = this.#tokens?.refresh_token;
    const bySecret = { client_id: clientId, client_secret: clientSecret };
    let answer = await this.#askToken(refresh === undefined ? bySecret : { refresh_token: refresh });
    if (!answer.ok && refresh !== undefined) {
      await answer.body?.cancel();
      answer = await this.#askToken(bySecret);
    }
    if (!answer.ok) {
      this.#tokens = undefined;
      throw await refusalOf(answer);
    }
    const tokens = (await answer.json()) as Tokens;
    this.#tokens = tokens;
    this.#expires = Date.now() + Math.max(1_000, tokens.expires_in * 1000 - MARGIN_MS);
    return tokens.access_token;
  }

  #askToken(body: object): Promise<Response> {
    return this.#ask('/v2/auth/token', undefined, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }
}

async function refusalOf(answer: Response): Promise<NightjarError> {
  const text = await answer.text();
  try {
    return new NightjarError(answer.status, (JSON.parse(text) as { detail: unknown }).detail);
  } catch {
    return new NightjarError(answer.status, text.slice(0, 200));
  }
}

/** Settles after `ms`, or at once on abort. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}
