import { createHash } from 'node:crypto';
import { escapeXml } from './soap/xml.ts';

export interface Account {
  readonly username: string;
  readonly password: string;
}

/** How an account is shown: hashed in the message, in the clear in the message, in HTTP alone, or not at all. */
export type Manner = 'digest' | 'text' | 'http' | 'anonymous';

const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
const PROFILE = `${WSSE}-username-token-profile-1.0`;

export interface Stamp {
  readonly nonce: Buffer;
  /** In the device's time. */
  readonly created: Date;
}

/** The WS-UsernameToken header (Web Services Security UsernameToken Profile 1.0); empty for the other manners. */
export function securityHeader(account: Account, manner: Manner, { nonce, created }: Stamp): string {
  if (manner !== 'digest' && manner !== 'text') return '';
  const at = `${created.toISOString().slice(0, 19)}Z`;
  const digest = createHash('sha1').update(nonce).update(at).update(account.password).digest('base64');
  const shown = manner === 'digest' ? digest : escapeXml(account.password);
  const type = manner === 'digest' ? 'PasswordDigest' : 'PasswordText';
  return [
    `<wsse:Security s:mustUnderstand="1" xmlns:wsse="${WSSE}-wssecurity-secext-1.0.xsd"`,
    ` xmlns:wsu="${WSSE}-wssecurity-utility-1.0.xsd"><wsse:UsernameToken>`,
    `<wsse:Username>${escapeXml(account.username)}</wsse:Username>`,
    `<wsse:Password Type="${PROFILE}#${type}">${shown}</wsse:Password>`,
    `<wsse:Nonce EncodingType="${WSSE}-soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</wsse:Nonce>`,
    `<wsu:Created>${at}</wsu:Created></wsse:UsernameToken></wsse:Security>`,
  ].join('');
}

const HASHES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256' };

/**
 * The `Authorization` for one HTTP request (RFC 7616 Digest, RFC 7617 Basic) by the challenges of a 401; the
 * strongest that is known. Undefined when none is.
 */
export function httpAuthorization(
  challenges: readonly string[],
  account: Account,
  request: { readonly method: string; readonly uri: string; readonly cnonce: string },
): string | undefined {
  const digests = challenges.flatMap((value) => value.split(/,\s*(?=(?:Digest|Basic)\s)/i)).map(fieldsOf);
  for (const name of ['SHA-256', 'MD5']) {
    const found = digests.find(({ scheme, fields }) => {
      const algorithm = (fields.get('algorithm') || 'MD5').toUpperCase();
      return scheme === 'digest' && algorithm === name;
    });
    if (found) return digest(found.fields, HASHES[name]!, account, request);
  }
  if (!digests.some(({ scheme }) => scheme === 'basic')) return undefined;
  return `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;
}

function fieldsOf(challenge: string): { scheme: string; fields: ReadonlyMap<string, string> } {
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/s.exec(challenge) ?? [];
  const pairs = rest.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s,]*))/g);
  const fields = [...pairs].map(
    ([, name = '', quoted, bare]) => [name.toLowerCase(), quoted ?? bare ?? ''] as const,
  );
  return { scheme: scheme.toLowerCase(), fields: new Map(fields) };
}

function digest(
  fields: ReadonlyMap<string, string>,
  algorithm: string,
  { username, password }: Account,
  { method, uri, cnonce }: { method: string; uri: string; cnonce: string },
): string {
  const hash = (value: string) => createHash(algorithm).update(value).digest('hex');
  const field = (name: string) => (fields.get(name) ?? '').replace(/["\\]/g, '');
  const qop = field('qop')
    .split(/[\s,]+/)
    .includes('auth');
  const own = hash(`${username}:${field('realm')}:${password}`);
  const asked = hash(`${method}:${uri}`);
  const counted = qop ? `00000001:${cnonce}:auth:` : '';
  const response = hash(`${own}:${field('nonce')}:${counted}${asked}`);
  const parts = [
    `username="${username.replace(/["\\]/g, '\\$&')}"`,
    `realm="${field('realm')}"`,
    `nonce="${field('nonce')}"`,
    `uri="${uri}"`,
    `response="${response}"`,
    ...(fields.has('algorithm') ? [`algorithm=${field('algorithm')}`] : []),
    ...(fields.has('opaque') ? [`opaque="${field('opaque')}"`] : []),
    ...(qop ? ['qop=auth', 'nc=00000001', `cnonce="${cnonce}"`] : []),
  ];
  return `Digest ${parts.join(', ')}`;
}
