import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { verifyBcrypt } from './bcrypt.ts';

const derive = promisify(argon2);

/** RFC 9106 §4 scaled to OWASP's minimum for a server that also records: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** argon2id in the PHC string format, so that a later cost can be read from the text. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(SALT_BYTES);
  const hash = await derive('argon2id', { message: password, nonce, tagLength: HASH_BYTES, ...COST });
  const { memory, passes, parallelism } = COST;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(hash)}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

const CURRENT = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$`;

/** Whether a hash is of an older kind or cost: it is made anew when the password is next at hand. */
export const isOutdated = (hash: string): boolean => !hash.startsWith(CURRENT);

/** Whether the password is the one that was hashed, by argon2id or bcrypt; false for a text that is neither. */
export async function verifyPassword(phc: string, password: string): Promise<boolean> {
  if (phc.startsWith('$2')) return verifyBcrypt(phc, password);
  const [, memory, passes, parallelism, salt, hash] = PHC.exec(phc) ?? [];
  if (salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const given = await derive('argon2id', {
    message: password,
    nonce: Buffer.from(salt, 'base64'),
    tagLength: expected.length,
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  });
  return timingSafeEqual(given, expected);
}

const MIN_LENGTH = 12;

/** Why a password that a person chose is refused, without repeating it; undefined when it may be used. */
export function weakPassword(password: string, username: string): string | undefined {
  if ([...password].length < MIN_LENGTH) return `must have at least ${MIN_LENGTH} characters`;
  if (new Set(password).size < 5) return 'repeats too few characters';
  if (username.length > 2 && password.toLowerCase().includes(username))
    return 'must not contain the user name';
  return undefined;
}
