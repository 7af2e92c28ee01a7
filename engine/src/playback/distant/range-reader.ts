import type { IncomingMessage } from 'node:http';
import type { Clock } from '@nightjar/media/stream';

// An `import` of them reads all their exports, and so loads the bundled fetch: 20 ms and 2 MB.
const http = process.getBuiltinModule('node:http');
const https = process.getBuiltinModule('node:https');

type Lookup = NonNullable<import('node:http').RequestOptions['lookup']>;

/** Decides over sockets to object stores. */
export interface StoreGuard {
  /** Throws when the URL's host is an address that is denied. */
  check(url: URL): void;
  /** Fails for a name of which an address is denied. */
  lookup(secure: boolean): Lookup;
}

/** Why a store gave no bytes; the message names neither address nor key. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

const ATTEMPTS = 3;
/** Milliseconds for one range, and before the next attempt. */
const PATIENCE = 10_000;
const PAUSE = 300;

/** Reads ranges of objects by signed URLs, over connections that are kept. */
export class RangeReader {
  readonly #guard: StoreGuard;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 16, maxFreeSockets: 4, timeout: 30_000 }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 16, maxFreeSockets: 4, timeout: 30_000 }),
  };

  constructor(guard: StoreGuard, clock: Pick<Clock, 'after'>) {
    this.#guard = guard;
    this.#clock = clock;
  }

  /** Exactly the bytes `[offset, offset + length)`. Rejects with StoreError after three attempts. */
  async read(url: string, offset: number, length: number): Promise<Buffer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(new URL(url), offset, length);
      } catch (error) {
        if (attempt === ATTEMPTS || (error instanceof StoreError && final.has(error))) throw error;
      }
      await new Promise<void>((resolve) => this.#clock.after(PAUSE * attempt, resolve));
    }
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  #permit(url: URL): void {
    try {
      this.#guard.check(url);
    } catch (cause) {
      const error = new StoreError('the store may not be reached', { cause });
      final.add(error);
      throw error;
    }
  }

  async #once(url: URL, offset: number, length: number): Promise<Buffer> {
    this.#permit(url);
    const secure = url.protocol === 'https:';
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const request = (secure ? https : http).request(url, {
      agent: this.#agents[secure ? 'https:' : 'http:'],
      lookup: this.#guard.lookup(secure),
      headers: { range: `bytes=${offset}-${offset + length - 1}` },
    });
    const fail = (error: Error): void => {
      reject(
        error instanceof StoreError ? error : new StoreError('the store is not reached', { cause: error }),
      );
      request.destroy();
    };
    const cancel = this.#clock.after(PATIENCE, () => fail(new StoreError('the store is too slow')));
    request.on('response', (answer) => {
      collect(answer, offset, length).then(resolve, fail);
    });
    request.on('error', fail);
    request.end();
    return promise.finally(cancel);
  }
}

/** Errors that no other attempt would better. */
const final = new WeakSet<StoreError>();

async function collect(answer: IncomingMessage, offset: number, length: number): Promise<Buffer> {
  const { statusCode = 0 } = answer;
  const begins = /^bytes (\d+)-/.exec(String(answer.headers['content-range'] ?? ''))?.[1];
  if (statusCode !== 206 || Number(begins) !== offset) {
    const error = new StoreError(`the store answered ${statusCode}`);
    if (statusCode >= 400 && statusCode < 500) final.add(error);
    answer.destroy();
    throw error;
  }
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (filled + chunk.length > length) throw new StoreError('the store gave more than was asked for');
    filled += chunk.copy(bytes, filled);
  }
  if (filled < length) throw new StoreError('the store broke off');
  return bytes;
}
