import { randomUUID } from 'node:crypto';
import type { Counted, SharedCounts } from '../../kernel/index.ts';
import { type SiblingNews, unwrap, wrap } from './news.ts';
import { type LineOptions, RedisLine } from './redis-line.ts';

type Of<Kind extends SiblingNews['kind']> = Extract<SiblingNews, { kind: Kind }>;

/** What is done with what the others tell. */
export interface SiblingEars {
  event: (news: Of<'event'>) => void;
  streams: (news: Of<'streams'>) => void;
  access: (news: Of<'access'>) => void;
  guess: (news: Of<'guess'>) => void;
}

/** The other servers of this installation, as far as they can be reached. */
export interface Siblings extends SharedCounts {
  /** Tells the others; lost where they cannot be reached. */
  tell(news: SiblingNews): void;
  /** Begins to listen. */
  listen(ears: SiblingEars): void;
  close(): Promise<void>;
}

/** Nobody else is there. */
export const alone: Siblings = {
  count: () => undefined,
  tell: () => undefined,
  listen: () => undefined,
  close: () => Promise.resolve(),
};

const COUNT = `local n = redis.call('incr', KEYS[1])
if n == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end
return {n, redis.call('pttl', KEYS[1])}`;

/** They meet at a Redis; while it is away each goes on as if it were alone. */
class RedisSiblings implements Siblings {
  readonly #options: LineOptions & { key: Buffer };
  readonly #own = randomUUID();
  readonly #channel: string;
  #line: RedisLine | undefined;
  /** What is done because somebody told is not told again. */
  #hearing = false;

  constructor(options: LineOptions & { key: Buffer }) {
    this.#options = options;
    this.#channel = `${options.settings.prefix}:news`;
  }

  count(key: string, windowMs: number): Promise<Counted | undefined> | undefined {
    const line = this.#line;
    return line?.up ? this.#count(line, key, windowMs) : undefined;
  }

  tell(news: SiblingNews): void {
    if (this.#hearing || !this.#line?.up) return;
    const message = wrap(this.#options.key, this.#own, news);
    void this.#line.ask((client) => client.publish(this.#channel, message));
  }

  listen(ears: SiblingEars): void {
    const hear = (news: SiblingNews): void => {
      this.#hearing = true;
      try {
        (ears[news.kind] as (news: SiblingNews) => void)(news);
      } finally {
        this.#hearing = false;
      }
    };
    this.#line = new RedisLine(this.#options, this.#channel, {
      heard: (text) => {
        const message = unwrap(this.#options.key, text);
        if (message && message.from !== this.#own) hear(message.news);
      },
      // What was told meanwhile is not known: look.
      back: () => {
        hear({ kind: 'streams' });
        hear({ kind: 'access' });
      },
    });
  }

  async close(): Promise<void> {
    await this.#line?.close();
  }

  async #count(line: RedisLine, key: string, windowMs: number): Promise<Counted | undefined> {
    const keys = [`${this.#options.settings.prefix}:limit:${key}`];
    const answer = await line.ask((client) => client.eval(COUNT, { keys, arguments: [String(windowMs)] }));
    const [count, left] = Array.isArray(answer) ? answer.map(Number) : [];
    if (count === undefined || left === undefined || Number.isNaN(count + left)) return undefined;
    // Whoever removed the expiry of the key made no window without an end.
    return { count, leftMs: left < 0 ? windowMs : left };
  }
}

/** By the configuration: without a host there are none. `key` is 32 bytes that all servers of the installation have. */
export function openSiblings({
  settings,
  ...options
}: Omit<LineOptions, 'settings'> & {
  settings: Omit<LineOptions['settings'], 'host'> & { host: string | null };
  key: Buffer;
}): Siblings {
  const { host } = settings;
  return host === null ? alone : new RedisSiblings({ ...options, settings: { ...settings, host } });
}
