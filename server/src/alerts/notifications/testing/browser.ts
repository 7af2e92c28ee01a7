import { createDecipheriv, type ECDH, hkdfSync, webcrypto } from 'node:crypto';

const [SALT, KEY_LENGTH] = [16, 65];

const derived = (secret: Buffer, salt: Buffer, info: Buffer, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, salt, info, length));

/** What a browser reads in a pushed message (RFC 8291 section 3, RFC 8188 section 2); rejects for one that is not its own. */
export async function unsealed(browser: ECDH, auth: string, body: Buffer): Promise<string> {
  const salt = body.subarray(0, SALT);
  const length = body[SALT + 4]!;
  const sender = body.subarray(SALT + 5, SALT + 5 + length);
  if (length !== KEY_LENGTH) throw new Error(`a key of ${length} bytes`);
  const sealed = body.subarray(SALT + 5 + length);
  const shared = browser.computeSecret(sender);
  const about = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), sender]);
  const secret = derived(shared, Buffer.from(auth, 'base64url'), about, 32);
  const key = derived(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = derived(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  // The last record ends with 2 and zeros.
  return padded.subarray(0, padded.lastIndexOf(2)).toString();
}

/** Whether a push is signed by the holder of a key, for the service at an address, and not for ever (RFC 8292). */
export async function signedBy(publicKey: string, authorization: string, audience: string): Promise<boolean> {
  const token = /t=([^,\s]+)/.exec(authorization)?.[1] ?? '';
  const [head = '', body = '', signature = ''] = token.split('.');
  const { aud, exp } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { aud: string; exp: number };
  const seconds = Date.now() / 1000;
  if (aud !== audience || exp <= seconds || exp > seconds + 86_400) return false;
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const point = Buffer.from(publicKey, 'base64url');
  const key = await webcrypto.subtle.importKey('raw', point, algorithm, false, ['verify']);
  const signed = Buffer.from(`${head}.${body}`);
  return webcrypto.subtle.verify(algorithm, key, Buffer.from(signature, 'base64url'), signed);
}
