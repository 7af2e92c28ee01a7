import { createHash } from 'node:crypto';
import { NS } from '../soap/soap.ts';

const ENVELOPE = 'http://www.w3.org/2003/05/soap-envelope';

/** An answer whose names have the prefix (`tds:`) or none, in their namespaces. */
export function envelope(prefix: string, body: string): string {
  const namespaces = [
    `xmlns:env="${ENVELOPE}"`,
    `xmlns:tt="${NS.schema}"`,
    `xmlns:ter="http://www.onvif.org/ver10/error"`,
    `xmlns:wsnt="${NS.notify}"`,
    `xmlns:wsa5="${NS.addressing}"`,
    ...(prefix === '' ? [] : [`xmlns:${prefix}="${NS.device}"`]),
  ];
  return `<?xml version="1.0" encoding="utf-8"?>\n<env:Envelope ${namespaces.join(' ')}><env:Body>${body}</env:Body></env:Envelope>`;
}

export function fault(subcode: string, reason: string): string {
  return [
    '<env:Fault><env:Code><env:Value>env:Sender</env:Value>',
    `<env:Subcode><env:Value>${subcode}</env:Value></env:Subcode></env:Code>`,
    `<env:Reason><env:Text xml:lang="en">${reason}</env:Text></env:Reason></env:Fault>`,
  ].join('');
}

export const ACCOUNT = { username: 'viewer', password: 's3cr&t<>' } as const;

/** The password as a WS-UsernameToken shows it, decoded from XML, and whether it is hashed. */
export function tokenOf(
  message: string,
): { username: string; password: string; hashed: boolean; created: string; nonce: Buffer } | undefined {
  const field = (name: string) =>
    new RegExp(`<(?:\\w+:)?${name}\\b[^>]*>([^<]*)<`)
      .exec(message)?.[1]
      ?.replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&amp;/g, '&');
  const [username, password, created, nonce] = ['Username', 'Password', 'Created', 'Nonce'].map(field);
  if (username === undefined || password === undefined || created === undefined) return undefined;
  const hashed = /#PasswordDigest/.test(message);
  return { username, password, hashed, created, nonce: Buffer.from(nonce ?? '', 'base64') };
}

export function tokenDigest({ nonce, created }: { nonce: Buffer; created: string }): string {
  return createHash('sha1').update(nonce).update(created).update(ACCOUNT.password).digest('base64');
}

export function httpDigestFits(given: string, method: string, nonce: string): boolean {
  const field = (name: string) => new RegExp(`\\b${name}="?([^",]*)"?`).exec(given)?.[1];
  const md5 = (value: string) => createHash('md5').update(value).digest('hex');
  const own = md5(`${ACCOUNT.username}:${field('realm')}:${ACCOUNT.password}`);
  const asked = md5(`${method}:${field('uri')}`);
  return field('response') === md5(`${own}:${nonce}:${field('nc')}:${field('cnonce')}:auth:${asked}`);
}
