import { createHash } from 'node:crypto';
import { writeFragment } from './reassembly.ts';

/** All handshake messages so far, each as if it had come in one fragment (RFC 6347 4.2.6). */
export class Transcript {
  #messages: Buffer[] = [];

  add(type: number, messageSequence: number, body: Buffer): void {
    this.#messages.push(writeFragment(type, messageSequence, body));
  }

  bytes(): Buffer {
    return Buffer.concat(this.#messages);
  }

  /** SHA-256, the hash of our suite. */
  hash(): Buffer {
    const hash = createHash('sha256');
    for (const message of this.#messages) hash.update(message);
    return hash.digest();
  }

  clear(): void {
    this.#messages = [];
  }
}
