import { type RtspAuth, ServerAuth } from '../auth/server-auth.ts';
import { header, type RtspRequest } from '../wire/message.ts';
import type { Answer } from './session.ts';
import type { Target } from './target.ts';

export interface GateOptions {
  /** Absent: everybody is let in, without an identity. */
  readonly auth: RtspAuth | undefined;
  readonly realm: string;
  readonly nonce: string;
  /** Credentials were given and were wrong. */
  readonly onWrong: () => void;
}

/** Requests that choose a stream: for these the address counts, for all others the session does. */
export const NAMES_STREAM: ReadonlySet<string> = new Set(['DESCRIBE', 'SETUP']);
const MAX_WRONG = 5;

/** Decides which requests of one connection are answered. A connection is one identity's all its life. */
export class Gate {
  readonly #options: GateOptions;
  readonly #server: ServerAuth | undefined;
  #identity: string | undefined;
  #wrong = 0;

  constructor(options: GateOptions) {
    this.#options = options;
    const { auth, realm, nonce } = options;
    this.#server = auth && new ServerAuth(auth, realm, nonce);
  }

  /** Undefined before somebody was let in, or without authentication. */
  get identity(): string | undefined {
    return this.#identity;
  }

  /** Too many wrong credentials: the connection should go. */
  get exhausted(): boolean {
    return this.#wrong >= MAX_WRONG;
  }

  /** Undefined: let in. Else the 401 to answer. `playing`: the path of the connection's session, if it has one. */
  async admit(
    request: RtspRequest,
    target: Target,
    playing: string | undefined,
  ): Promise<Answer | undefined> {
    const { auth } = this.#options;
    if (!auth || !this.#server) return undefined;
    const authorization = header(request.headers, 'authorization');
    const path = NAMES_STREAM.has(request.method) ? target.path : (playing ?? target.path);
    if (authorization === undefined) {
      if (playing === path) return undefined;
      const holder = await auth.ticket?.(target.path, target.query);
      if (holder !== undefined && this.#identify(holder)) return undefined;
    }
    const verdict = await this.#server.check(request.method, authorization, path);
    if ('identity' in verdict && this.#identify(verdict.identity)) return undefined;
    return this.#challenge(this.#server, 'refused' in verdict ? verdict.refused : 'wrong', target.query);
  }

  /** Something else than credentials was wrong, such as a publish key. */
  countWrong(): void {
    this.#wrong++;
    this.#options.onWrong();
  }

  #identify(identity: string): boolean {
    this.#identity ??= identity;
    return this.#identity === identity;
  }

  #challenge(server: ServerAuth, why: 'absent' | 'stale' | 'wrong', query: string): Answer {
    if (why === 'wrong') this.countWrong();
    const challenges = server.challenges(why === 'stale', query);
    return { status: 401, headers: challenges.map((value) => ['WWW-Authenticate', value] as const) };
  }
}
