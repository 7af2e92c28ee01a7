import type { Credentials } from '../wire/url.ts';
import { type Challenge, type DigestChallenge, strongestChallenge } from './challenge.ts';
import { digestResponse, digestSecret, toHeaderText } from './digest.ts';

/** The client side of Basic and Digest (RFC 7617, RFC 7616) for one connection. */
export class ClientAuth {
  readonly #credentials: Credentials | undefined;
  readonly #random: (size: number) => Buffer;
  #challenge: Challenge | undefined;
  #secret = '';
  #count = 0;
  #accepted = 0;

  constructor(credentials: Credentials | undefined, random: (size: number) => Buffer) {
    this.#credentials = credentials;
    this.#random = random;
  }

  /**
   * Takes the `WWW-Authenticate` values of a 401. `attempt` counts the answers already given for the request.
   * @returns whether the request is worth sending again: once, and once more when only the nonce was stale.
   */
  accept(values: readonly string[], attempt: number): boolean {
    const challenge = strongestChallenge(values);
    if (!this.#credentials || !challenge) return false;
    const stale = challenge.scheme === 'digest' && challenge.stale;
    if (attempt > (stale ? 1 : 0)) return false;
    this.#challenge = challenge;
    this.#count = 0;
    this.#accepted++;
    if (challenge.scheme === 'digest') {
      const { username, password } = this.#credentials;
      this.#secret = digestSecret(challenge.algorithm, username, challenge.realm, password);
    }
    return true;
  }

  /** Whether a challenge is known, so that {@link header} answers it. */
  get ready(): boolean {
    return this.#challenge !== undefined;
  }

  /** Whether there is anything to answer a challenge with. */
  get able(): boolean {
    return this.#credentials !== undefined;
  }

  /** Challenges that were worth an answer. */
  get accepted(): number {
    return this.#accepted;
  }

  /** The `Authorization` value for a request, undefined before the first challenge. */
  header(method: string, uri: string): string | undefined {
    const challenge = this.#challenge;
    const credentials = this.#credentials;
    if (!challenge || !credentials) return undefined;
    if (challenge.scheme === 'digest') return this.#digest(challenge, credentials, method, uri);
    const pair = Buffer.from(`${credentials.username}:${credentials.password}`, 'utf8');
    return `Basic ${pair.toString('base64')}`;
  }

  #digest(challenge: DigestChallenge, credentials: Credentials, method: string, uri: string): string {
    const { algorithm, session, nonce, named, opaque } = challenge;
    const cnonce = challenge.qop || session ? this.#random(8).toString('hex') : '';
    const nc = (++this.#count).toString(16).padStart(8, '0');
    const input = { algorithm, session, nonce, method, uri, cnonce };
    const response = digestResponse(this.#secret, challenge.qop ? { ...input, qop: { nc, cnonce } } : input);
    const fields = [
      `username="${quote(toHeaderText(credentials.username))}"`,
      `realm="${quote(challenge.realm)}"`,
      `nonce="${quote(nonce)}"`,
      `uri="${quote(uri)}"`,
      `response="${response}"`,
    ];
    if (named !== undefined) fields.push(`algorithm=${named}`);
    if (opaque !== undefined) fields.push(`opaque="${quote(opaque)}"`);
    if (challenge.qop) fields.push('qop=auth', `nc=${nc}`);
    if (cnonce !== '') fields.push(`cnonce="${cnonce}"`);
    return `Digest ${fields.join(', ')}`;
  }
}

function quote(text: string): string {
  return text.replace(/(["\\])/g, '\\$1');
}
