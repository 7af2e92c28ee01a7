import { timingSafeEqual } from 'node:crypto';
import { type AuthParameters, parseAlgorithm, parseAuth } from './challenge.ts';
import { digestResponse, digestSecret, fromHeaderText } from './digest.ts';

/** What digest is checked against: the password, or HA1 (`digestSecret`) for each algorithm that is stored. */
export type DigestSecret =
  | { readonly password: string }
  | { readonly ha1: { readonly MD5?: string; readonly 'SHA-256'?: string } };

/** Who may come in. At least one of the three. */
export interface RtspAuth {
  /** Offers digest. `path`: as for `verify`. Undefined: no such user. */
  secret?(username: string, path: string): Promise<DigestSecret | undefined>;
  /**
   * Whether an address with this query (without `?`) is offered digest, which players prefer to Basic where they
   * are offered both; always when absent.
   */
  wantsDigest?(query: string): boolean;
  /**
   * Offers Basic, which shows the password to everybody on the way. `path` is what is asked for, or what the
   * session plays. A text names the identity, for example when the password is a token; `true` means `username`.
   */
  verify?(username: string, password: string, path: string): Promise<boolean | string>;
  /** Looks at the address, its query without `?`, before asking for credentials; answers who it is. */
  ticket?(path: string, query: string): Promise<string | undefined>;
}

/** `identity`: let in. `stale`: right, but for another nonce. `wrong`: counts as an attempt. */
export type AuthVerdict = { readonly identity: string } | { readonly refused: 'absent' | 'stale' | 'wrong' };

type Offered = 'SHA-256' | 'MD5';

/**
 * The server side of Digest (RFC 7616) and Basic (RFC 7617) for one connection. The nonce belongs to the
 * connection, so a recorded answer is of no use on another; the `uri` inside an answer may therefore differ
 * from the request's, as it does with several players.
 */
export class ServerAuth {
  readonly #auth: RtspAuth;
  readonly #realm: string;
  readonly #nonce: string;

  constructor(auth: RtspAuth, realm: string, nonce: string) {
    this.#auth = auth;
    this.#realm = realm;
    this.#nonce = nonce;
  }

  /** `WWW-Authenticate` values. MD5 last: ffmpeg and live555 take the last digest they see. */
  challenges(stale: boolean, query: string): readonly string[] {
    const offered = this.#auth.secret && (this.#auth.wantsDigest?.(query) ?? true);
    const digest = `Digest realm="${this.#realm}", nonce="${this.#nonce}"${stale ? ', stale=true' : ''}`;
    return [
      ...(offered ? [`${digest}, algorithm=SHA-256, qop="auth"`, digest] : []),
      ...(this.#auth.verify ? [`Basic realm="${this.#realm}"`] : []),
    ];
  }

  /** `path`: what the request names, or the session plays. */
  async check(method: string, authorization: string | undefined, path: string): Promise<AuthVerdict> {
    const [given] = parseAuth(authorization === undefined ? [] : [authorization]);
    if (!given) return { refused: 'absent' };
    if (given.scheme === 'basic' && this.#auth.verify) return this.#basic(given.token, path);
    if (given.scheme === 'digest' && this.#auth.secret) return this.#digest(method, given, path);
    return { refused: 'wrong' };
  }

  async #basic(token: string, path: string): Promise<AuthVerdict> {
    const pair = Buffer.from(token, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (colon < 0) return { refused: 'wrong' };
    const username = pair.slice(0, colon);
    const right = await this.#auth.verify!(username, pair.slice(colon + 1), path);
    if (right === false) return { refused: 'wrong' };
    return { identity: right === true ? username : right };
  }

  async #digest(method: string, { fields }: AuthParameters, path: string): Promise<AuthVerdict> {
    const username = fromHeaderText(fields.get('username') ?? '');
    const algorithm = parseAlgorithm(fields.get('algorithm'))?.algorithm;
    const expected = isOffered(algorithm)
      ? this.#expected(method, fields, algorithm, await this.#ha1(username, algorithm, path))
      : undefined;
    if (expected === undefined || fields.get('realm') !== this.#realm) return { refused: 'wrong' };
    if (!sameText(expected, (fields.get('response') ?? '').toLowerCase())) return { refused: 'wrong' };
    return fields.get('nonce') === this.#nonce ? { identity: username } : { refused: 'stale' };
  }

  async #ha1(username: string, algorithm: Offered, path: string): Promise<string | undefined> {
    const secret = await this.#auth.secret!(username, path);
    if (secret === undefined) return undefined;
    if ('ha1' in secret) return secret.ha1[algorithm];
    return digestSecret(algorithm, username, this.#realm, secret.password);
  }

  #expected(
    method: string,
    fields: ReadonlyMap<string, string>,
    algorithm: Offered,
    ha1: string | undefined,
  ): string | undefined {
    if (ha1 === undefined) return undefined;
    const session = parseAlgorithm(fields.get('algorithm'))?.session ?? false;
    const input = {
      algorithm,
      session,
      nonce: fields.get('nonce') ?? '',
      method,
      uri: fields.get('uri') ?? '',
      cnonce: fields.get('cnonce') ?? '',
    };
    const qop = fields.get('qop')?.toLowerCase();
    if (qop === undefined) return digestResponse(ha1, input);
    if (qop !== 'auth') return undefined;
    return digestResponse(ha1, { ...input, qop: { nc: fields.get('nc') ?? '', cnonce: input.cnonce } });
  }
}

function isOffered(algorithm: string | undefined): algorithm is Offered {
  return algorithm === 'MD5' || algorithm === 'SHA-256';
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
