import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { HAND_OVER_HEADER, HandedOver } from '@nightjar/contract/link';

/** Bytes read at a time; two such pieces are held while somebody takes them. */
const BLOCK = 1024 * 1024;

interface Opened {
  handle: FileHandle;
  /** Offset and size, in pairs. */
  spans: readonly number[];
}

/** Where the next block is read: a file, a pair of its spans, and what of that was read. */
interface Place {
  file: number;
  span: number;
  done: number;
}

/** What the engine answered, with the bytes of recorded files read here instead of passed on by it. */
export class RecordedBody extends Readable {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly #files: readonly Opened[];
  #head: Buffer;
  #place: Place = { file: 0, span: 0, done: 0 };
  #ahead: Promise<Buffer | null> | undefined;

  private constructor(
    { statusCode, headers }: Pick<RecordedBody, 'statusCode' | 'headers'>,
    head: Buffer,
    files: readonly Opened[],
  ) {
    super({ highWaterMark: 1 });
    this.statusCode = statusCode;
    this.headers = headers;
    this.#head = head;
    this.#files = files;
  }

  /** Reads what the engine handed over; undefined when a file cannot be opened. */
  static async open(answer: IncomingMessage): Promise<RecordedBody | undefined> {
    const { head, files } = HandedOver.parse(await json(answer));
    const { [HAND_OVER_HEADER]: length, ...headers } = answer.headers;
    const opened: Opened[] = [];
    try {
      for (const { path, spans } of files) opened.push({ handle: await open(path, 'r'), spans });
    } catch {
      // It went, or this program may not read it: the engine is asked for the bytes, and says what is amiss.
      await closeAll(opened);
      return undefined;
    }
    const about = {
      statusCode: answer.statusCode ?? 500,
      headers: { ...headers, 'content-length': String(length) },
    };
    return new RecordedBody(about, Buffer.from(head, 'base64'), opened);
  }

  /** The next block is read while this one is taken. */
  override _read(): void {
    const now = this.#ahead ?? this.#load();
    this.#ahead = undefined;
    now.then(
      (bytes) => {
        if (this.destroyed) return;
        if (bytes !== null) {
          this.#ahead = this.#load();
          // Whoever comes for it hears of its failure.
          this.#ahead.catch(() => undefined);
        }
        this.push(bytes);
      },
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const read = this.#ahead ?? Promise.resolve();
    read
      .catch(() => undefined)
      .then(() => closeAll(this.#files))
      .then(
        () => done(error),
        (failed: unknown) => done(error ?? (failed as Error)),
      );
  }

  async #load(): Promise<Buffer | null> {
    if (this.#head.length > 0) {
      const head = this.#head;
      this.#head = Buffer.alloc(0);
      return head;
    }
    const { file } = this.#place;
    const opened = this.#files[file];
    if (!opened) return null;
    const pieces = this.#block(opened.spans);
    const [first] = pieces;
    if (!first) {
      this.#place = { file: file + 1, span: 0, done: 0 };
      return this.#load();
    }
    const last = pieces.at(-1)!;
    return joined(await whole(opened.handle, first.from, last.to), pieces);
  }

  /** What lies near each other from the place on, which moves behind it. */
  #block(spans: readonly number[]): Piece[] {
    const pieces: Piece[] = [];
    let { span, done } = this.#place;
    for (; span < spans.length; span += 2, done = 0) {
      const from = spans[span]! + done;
      const end = spans[span]! + spans[span + 1]!;
      const begin = pieces[0]?.from ?? from;
      if (from - begin >= BLOCK || from < (pieces.at(-1)?.to ?? 0)) break;
      const to = Math.min(end, begin + BLOCK);
      pieces.push({ from, to });
      done += to - from;
      if (to < end) break;
    }
    this.#place = { ...this.#place, span, done };
    return pieces;
  }
}

/** Bytes `[from, to)` of a file. */
interface Piece {
  from: number;
  to: number;
}

async function whole(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(to - from);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at);
    if (bytesRead === 0) throw new Error('a recording became shorter while it was read');
    at += bytesRead;
  }
  return bytes;
}

/** The pieces of what was read, moved together: between them lie heads of fragments, a hundredth of it. */
function joined(bytes: Buffer, pieces: readonly Piece[]): Buffer {
  const begin = pieces[0]!.from;
  let end = 0;
  for (const { from, to } of pieces) {
    if (end !== from - begin) bytes.copyWithin(end, from - begin, to - begin);
    end += to - from;
  }
  return bytes.subarray(0, end);
}

async function closeAll(files: readonly Opened[]): Promise<void> {
  await Promise.all(files.map(({ handle }) => handle.close()));
}
