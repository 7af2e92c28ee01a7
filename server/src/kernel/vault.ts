import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Seals small secrets for the database; the keys stay outside of it. */
export interface Vault {
  /** `context` binds the secret to its row, so that a sealed text copied elsewhere does not open. */
  seal(text: string, context: string): string;
  /** Throws when the text was not sealed with one of these keys and this context. */
  open(sealed: string, context: string): string;
  /** Whether it was sealed with an older key, and is to be sealed anew. */
  isStale(sealed: string): boolean;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Which key it was, without a word about it. */
const idOf = (key: Buffer): string =>
  createHash('sha256').update('nightjar vault key').update(key).digest('base64url').slice(0, 8);

function openWith(key: Buffer, body: string, context: string): string {
  const bytes = Buffer.from(body, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}

/**
 * AES-256-GCM. A sealed text is `v2.`, the name of the key, and base64url of IV, tag, ciphertext; `v1.` of earlier
 * versions has no name. The first key seals; all of them open.
 */
export function createVault(key: Buffer, older: readonly Buffer[] = []): Vault {
  const keys = [key, ...older];
  const current = `v2.${idOf(key)}.`;
  return {
    seal(text, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${current}${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    open(sealed, context) {
      const [version, ...rest] = sealed.split('.');
      const [name, body = ''] = version === 'v2' ? rest : [undefined, rest[0]];
      const candidates = name === undefined ? keys : keys.filter((each) => idOf(each) === name);
      let reason: unknown = new Error('it was sealed with another key');
      for (const candidate of candidates) {
        try {
          return openWith(candidate, body, context);
        } catch (error) {
          reason = error;
        }
      }
      throw reason;
    },
    isStale: (sealed) => !sealed.startsWith(current),
  };
}
