import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { z } from 'zod';

/** What the names of sealed files end in; before it they are those of files in clear. */
export const SEALED_SUFFIX = '.sealed';

/** Whether a file of footage is a recorded original, which nobody reads without its key. */
export const isSealed = (filename: string): boolean => filename.endsWith(SEALED_SUFFIX);

/** The raw 32 bytes of an X25519 public key, base64url. */
export const PublicHalf = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** The public half of the pair for which originals are sealed; whoever has only this cannot open them. */
export const OriginalsKey = z.object({ id: z.string().min(1).max(64), public_half: PublicHalf });
export type OriginalsKey = z.infer<typeof OriginalsKey>;

/** Bytes of a file's data key, for AES-256-GCM. */
const DATA_KEY = 32;

/** A pair of an installation. `privateHalf`: PKCS 8 in base64url; to be kept sealed. */
export function makeOriginalsPair(): { publicHalf: string; privateHalf: string } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const privateHalf = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64url');
  return { publicHalf: rawOf(publicKey), privateHalf };
}

/** Whether they are the halves of one pair. */
export function isOriginalsPair({ publicHalf, privateHalf }: ReturnType<typeof makeOriginalsPair>): boolean {
  try {
    return rawOf(createPublicKey(privateOf(privateHalf))) === publicHalf;
  } catch {
    return false;
  }
}

/** The key of a new file, and the public half by which the holder of the pair finds it again. */
export function sealingKey(
  recipient: Pick<OriginalsKey, 'public_half'>,
  streamId: string,
): { ephemeral: string; key: Buffer } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const ephemeral = rawOf(publicKey);
  const shared = diffieHellman({ privateKey, publicKey: publicOf(recipient.public_half) });
  return { ephemeral, key: derived(shared, { ephemeral, recipient: recipient.public_half, streamId }) };
}

/** The key of a file that was sealed for a pair. Throws for a public half that is none. */
export function openingKey(privateHalf: string, file: { ephemeral: string; streamId: string }): Buffer {
  const privateKey = privateOf(privateHalf);
  const shared = diffieHellman({ privateKey, publicKey: publicOf(file.ephemeral) });
  return derived(shared, { ...file, recipient: rawOf(createPublicKey(privateKey)) });
}

/** HKDF-SHA256 (RFC 5869); the stream's id keeps a file that was moved to another stream shut. */
function derived(
  shared: Buffer,
  { ephemeral, recipient, streamId }: { ephemeral: string; recipient: string; streamId: string },
): Buffer {
  const salt = Buffer.concat([ephemeral, recipient].map((half) => Buffer.from(half, 'base64url')));
  return Buffer.from(hkdfSync('sha256', shared, salt, `nightjar original ${streamId}`, DATA_KEY));
}

const rawOf = (key: KeyObject): string => String(key.export({ format: 'jwk' }).x);
const privateOf = (half: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(half, 'base64url'), type: 'pkcs8', format: 'der' });
const publicOf = (half: string): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: half }, format: 'jwk' });
