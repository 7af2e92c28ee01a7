/** Hash of HTTP digest access authentication (RFC 7616 3.2), weakest first. */
export type DigestAlgorithm = 'MD5' | 'SHA-256' | 'SHA-512-256';

/** A challenge we can answer. */
export type Challenge = { readonly scheme: 'basic'; readonly realm: string } | DigestChallenge;

export interface DigestChallenge {
  readonly scheme: 'digest';
  readonly algorithm: DigestAlgorithm;
  /** The `-sess` variant: HA1 covers the nonces. */
  readonly session: boolean;
  /** `algorithm` as the server wrote it, to be echoed; undefined when absent (then MD5). */
  readonly named: string | undefined;
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** `qop=auth` is offered; otherwise the form of RFC 2069. */
  readonly qop: boolean;
  readonly stale: boolean;
}

/** One scheme with its parameters, as any authentication header holds it. Names in lower case. */
export interface AuthParameters {
  /** Lower case. */
  readonly scheme: string;
  readonly fields: ReadonlyMap<string, string>;
  /** What follows the scheme when it is no parameter list (Basic credentials). */
  readonly token: string;
}

const STRENGTH: Readonly<Record<DigestAlgorithm, number>> = { MD5: 1, 'SHA-256': 2, 'SHA-512-256': 3 };
const PART =
  /\s*(?:,\s*)*([^\s,="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)(?:"|$)|([^\s,"]*))|[ \t]+(?=[^\s,=]+={0,2}\s*(?:,|$))([^\s,]+))?/gy;

/**
 * Reads `WWW-Authenticate` or `Authorization` values: one challenge a field, or several joined by commas.
 * Never fails; what is no parameter is skipped.
 */
export function parseAuth(values: readonly string[]): readonly AuthParameters[] {
  return values.flatMap(parseValue);
}

/** The strongest challenge we support, undefined when there is none (Basic counts as the weakest). */
export function strongestChallenge(values: readonly string[]): Challenge | undefined {
  let best: Challenge | undefined;
  for (const parameters of parseAuth(values)) {
    const challenge = toChallenge(parameters);
    if (challenge && (!best || strength(challenge) > strength(best))) best = challenge;
  }
  return best;
}

function parseValue(value: string): AuthParameters[] {
  const found: { scheme: string; fields: Map<string, string>; token: string }[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < value.length) {
    const match = PART.exec(value);
    if (!match) break;
    const [, word, quoted, plain, token] = match;
    const text = quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1');
    const current = found.at(-1);
    if (text === undefined)
      found.push({ scheme: word!.toLowerCase(), fields: new Map(), token: token ?? '' });
    else if (current && !current.fields.has(word!.toLowerCase()))
      current.fields.set(word!.toLowerCase(), text);
  }
  return found;
}

function toChallenge({ scheme, fields }: AuthParameters): Challenge | undefined {
  const realm = fields.get('realm') ?? '';
  if (scheme === 'basic') return { scheme, realm };
  if (scheme !== 'digest') return undefined;
  const named = fields.get('algorithm');
  const algorithm = parseAlgorithm(named);
  const nonce = fields.get('nonce');
  const qops = fields
    .get('qop')
    ?.toLowerCase()
    .split(/[\s,]+/);
  const qop = qops?.includes('auth') ?? false;
  const onlyIntegrity = !qop && (qops?.includes('auth-int') ?? false);
  if (!algorithm || nonce === undefined || onlyIntegrity) return undefined;
  const stale = fields.get('stale')?.toLowerCase() === 'true';
  return { scheme, ...algorithm, named, realm, nonce, opaque: fields.get('opaque'), qop, stale };
}

/** Undefined when the algorithm is not supported; MD5 when none is named (RFC 7616 3.3). */
export function parseAlgorithm(
  named: string | undefined,
): { algorithm: DigestAlgorithm; session: boolean } | undefined {
  const text = (named || 'MD5').toUpperCase();
  const session = text.endsWith('-SESS');
  const algorithm = session ? text.slice(0, -'-SESS'.length) : text;
  return isAlgorithm(algorithm) ? { algorithm, session } : undefined;
}

function isAlgorithm(text: string): text is DigestAlgorithm {
  return Object.hasOwn(STRENGTH, text);
}

function strength(challenge: Challenge): number {
  return challenge.scheme === 'basic' ? 0 : STRENGTH[challenge.algorithm];
}
