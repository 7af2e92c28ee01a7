import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { ToDetector } from '@nightjar/contract/vision';
import { confine } from './confine.ts';

type Use = Extract<ToDetector, { type: 'use' }>;

/** What goes to one detector process: in its order, and nothing before it is confined. */
export class Post {
  readonly #child: Pick<ChildProcess, 'pid' | 'connected' | 'send'>;
  /** It is to open nothing itself: networks come with the bytes of their files. */
  readonly #confined: boolean;
  /** What waits; undefined: nothing has to. */
  #waiting: ToDetector[] | undefined = [];

  constructor(child: Pick<ChildProcess, 'pid' | 'connected' | 'send'>, confined: boolean) {
    this.#child = child;
    this.#confined = confined;
  }

  /** What it says is loaded: from now on it may be told something. */
  async begin(): Promise<void> {
    if (this.#confined) await confine(this.#child.pid!);
    this.#pass({ type: 'confined' });
    await this.#drain();
  }

  send(message: ToDetector): void {
    // Whoever asks writes its next picture over this one.
    if (this.#waiting)
      this.#waiting.push(message.type === 'ask' ? { ...message, data: message.data.slice() } : message);
    else if (message.type === 'use' && this.#confined) {
      this.#waiting = [message];
      void this.#drain();
    } else this.#pass(message);
  }

  async #drain(): Promise<void> {
    for (let next = this.#waiting?.shift(); next; next = this.#waiting?.shift())
      this.#pass(next.type === 'use' && this.#confined ? await withBytes(next) : next);
    this.#waiting = undefined;
  }

  #pass(message: ToDetector): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}

/** A file that cannot be read is no network: whoever asks for it is told so. */
async function withBytes(message: Use): Promise<Use> {
  const bytes = await readFile(message.detector.file).catch(() => undefined);
  return bytes ? { ...message, bytes } : message;
}
