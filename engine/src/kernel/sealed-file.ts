import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from './log.ts';

const IV = 12;
const TAG = 16;

/**
 * A small file that only the holder of the key can read (AES-256-GCM): the last desired state, with which the
 * engine goes on recording while the server is away.
 */
export class SealedFile {
  readonly #path: string;
  readonly #key: Buffer;
  readonly #log: Pick<Log, 'warn'>;

  constructor(path: string, sharedKey: Buffer, log: Pick<Log, 'warn'>) {
    this.#path = path;
    this.#log = log;
    this.#key = Buffer.from(hkdfSync('sha256', sharedKey, '', 'nightjar sealed file', 32));
  }

  /** Undefined when there is none, or none that this key opens. */
  async read(): Promise<string | undefined> {
    try {
      const sealed = await readFile(this.#path);
      const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, IV), {
        authTagLength: TAG,
      });
      decipher.setAuthTag(sealed.subarray(IV, IV + TAG));
      return Buffer.concat([decipher.update(sealed.subarray(IV + TAG)), decipher.final()]).toString();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.warn('the last desired state is unreadable', { error });
      return undefined;
    }
  }

  /** Replaces the content; what was there stays whole until the new one is. */
  async write(text: string): Promise<void> {
    const iv = randomBytes(IV);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    const body = Buffer.concat([cipher.update(text), cipher.final()]);
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const draft = `${this.#path}.draft`;
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(Buffer.concat([iv, cipher.getAuthTag(), body]));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, this.#path);
  }
}
