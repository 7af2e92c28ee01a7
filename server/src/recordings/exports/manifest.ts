import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';

/** What an export holds, for whoever is to trust it. */
export const Manifest = z.strictObject({
  format: z.literal('nightjar-export-1'),
  created_at: z.string(),
  created_by: z.string(),
  start: z.string(),
  end: z.string(),
  files: z.array(
    z.strictObject({
      name: z.string().max(200),
      stream_id: z.string(),
      bytes: z.int(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      missing: z.string().optional().describe('Why there is no footage of this stream.'),
    }),
  ),
});
export type Manifest = z.infer<typeof Manifest>;

export const MANIFEST = 'manifest.json';
export const SIGNATURE = 'manifest.sig';
export const PUBLIC_KEY = 'manifest.pem';

/** PKCS #8 of an Ed25519 key is this and its 32 bytes (RFC 8410 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Signs exports of one installation (Ed25519, RFC 8032). */
export class Signer {
  readonly #key: KeyObject;

  /** `seed`: 32 secret bytes. */
  constructor(seed: Buffer) {
    this.#key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  }

  /** The public key, PEM. */
  get publicKey(): string {
    return createPublicKey(this.#key).export({ type: 'spki', format: 'pem' }).toString();
  }

  sign(text: Buffer): Buffer {
    return sign(null, text, this.#key);
  }
}

/** Short name of a public key, for people to compare: SHA-256 of its DER, hex. */
export function fingerprintOf(pem: string): string {
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}

/** Whether a signature is that of a text. */
export function isSignedBy(pem: string, text: Buffer, signature: Buffer): boolean {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' && verify(null, text, key, signature);
  } catch {
    return false;
  }
}
