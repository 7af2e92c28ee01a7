import { parseSourceUrl, RTSP_PROTOCOLS } from '@nightjar/contract/outbound';
import { invalid } from '../kernel/index.ts';
import type { Pushes } from '../streams/pushes/index.ts';

export interface OutputOptions {
  pushes: Pick<Pushes, 'check' | 'place' | 'placed'>;
  /** Servers that may be named, and the one that is used when none is; as they are set now. */
  settings: () => { output_allow: readonly string[]; output_host: string | null };
}

/** How a stream's publishing to a server outside stands. */
export interface Outside {
  /** Secrets of it are hidden. */
  readonly url: string;
  readonly live: boolean;
  /** Why it was not reached, for people, and since when (ISO 8601). */
  readonly trouble: { readonly message: string; readonly since: string } | undefined;
}

/** RTSP servers outside to which covered streams are published. */
export class Outputs {
  readonly #options: OutputOptions;

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  /** Throws INVALID_CONFIGURATION for an address that nobody listed, or to which nothing may be sent. */
  async check(url: string): Promise<void> {
    const parsed = parseSourceUrl(url, RTSP_PROTOCOLS);
    if (!parsed.ok) throw invalid('output_url', parsed.message);
    const { host, port } = parsed.source;
    const name = host.includes(':') ? `[${host}]` : host;
    const { output_allow: allowed } = this.#options.settings();
    if (!allowed.includes(name) && !allowed.includes(`${name}:${port}`))
      throw invalid('output_url', "it names neither this server's RTSP listener nor one of output_allow");
    await this.#options.pushes.check(url, 'output_url');
  }

  /** Where a stream is published that is to be played at `path` and whose caller named no server. */
  usual(path: string): string | undefined {
    const { output_host: host } = this.#options.settings();
    return host === null ? undefined : `rtsp://${host}/${path}`;
  }

  /** Publishes a stream there and nowhere else; undefined: nowhere. Throws INVALID_CONFIGURATION. */
  place(id: string, url: string | undefined): Promise<void> {
    return this.#options.pushes.place(id, url);
  }

  /** undefined: it is played from here alone. */
  async of(id: string): Promise<Outside | undefined> {
    const push = await this.#options.pushes.placed(id);
    if (!push) return undefined;
    const { url, state, fault, message, since } = push;
    const lost = (state === 'retrying' || state === 'failed') && since !== null;
    return {
      url,
      live: state === 'live',
      trouble: lost ? { message: message ?? fault ?? 'not reached', since } : undefined,
    };
  }
}
