import { createHash } from 'node:crypto';
import type { ScriptedAnswer } from '../../../rtsp/testing/scripted-camera.ts';
import type { Asked, Behaviour } from '../quirk.ts';

const USER = 'admin';
const HASHES = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const;
type Algorithm = keyof typeof HASHES;

export interface Guard {
  readonly challenges: readonly string[];
  /** The only scheme that is let in. */
  readonly accepts: Algorithm | 'Basic';
  readonly password?: string;
}

/** Refuses who does not log in as the guard wants it, whatever else it offers. */
export function guarded({ challenges, accepts, password = 's3cret' }: Guard): Behaviour {
  const headers = challenges.map((value) => ['WWW-Authenticate', value] as const);
  return {
    login: `${USER}:${encodeURIComponent(password)}`,
    answer: (answer, asked) =>
      isLetIn(asked, accepts, password) ? answer : ({ status: 401, headers } satisfies ScriptedAnswer),
  };
}

export function isLetIn(asked: Asked, accepts: Algorithm | 'Basic', password: string): boolean {
  const given = asked.header('authorization') ?? '';
  if (accepts === 'Basic') return given === `Basic ${Buffer.from(`${USER}:${password}`).toString('base64')}`;
  if (!/^digest /i.test(given)) return false;
  const field = (name: string) => new RegExp(`\\b${name}="?([^",]*)"?`).exec(given)?.[1];
  const hash = (text: string) => createHash(HASHES[accepts]).update(text).digest('hex');
  const [realm, nonce, uri] = [field('realm'), field('nonce'), field('uri')];
  const own = hash(`${USER}:${realm}:${password}`);
  const request = hash(`${asked.method}:${uri}`);
  const counted = field('qop') === undefined ? '' : `${field('nc')}:${field('cnonce')}:auth:`;
  return uri === asked.uri && field('response') === hash(`${own}:${nonce}:${counted}${request}`);
}
