import type { ApiClient } from '@nightjar/e2e/harness';

/** Viewers of a multipart answer who take every byte and count the pictures. */
export class Viewers implements AsyncDisposable {
  readonly pictures: number[];
  readonly #leaving = new AbortController();
  readonly #reading: Promise<void>[];

  constructor(api: ApiClient, path: string, count: number) {
    this.pictures = Array.from({ length: count }, () => 0);
    this.#reading = this.pictures.map((_, index) => this.#read(api, path, index));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    await Promise.all(this.#reading);
  }

  async #read({ base, token }: ApiClient, path: string, index: number): Promise<void> {
    const { signal } = this.#leaving;
    try {
      const response = await fetch(base + path, { headers: { authorization: `Bearer ${token}` }, signal });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      for await (const chunk of response.body!) {
        const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        for (let at = bytes.indexOf(HEADER); at >= 0; at = bytes.indexOf(HEADER, at + 1))
          this.pictures[index]!++;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** Once in each part. */
const HEADER = Buffer.from('Content-Type: image/jpeg');
