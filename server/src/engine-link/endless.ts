import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface EndlessRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: Buffer | undefined;
}

/** An answer whose body has not begun to be read. */
export interface EndlessAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Sends the body to a client whose head was written, as fast as the client takes it, until either is gone. */
  pour(response: ServerResponse): void;
  /** The body of a refusal, at most 4 KiB of it. */
  text(): Promise<string>;
}

const READ_BYTES = 64 * 1024;
const MAX_HEAD = 16 * 1024;
const MAX_TEXT = 4 * 1024;
const HEAD_END = '\r\n\r\n';

/**
 * Asks the engine for an answer without an end, such as a multipart of pictures. Node allocates 64 KiB for each
 * piece it reads, and the collector spends more on those than everything else here together (measured with ten
 * viewers of motion JPEG: 55 % of the program); so these bytes are read into one buffer and copied to buffers that
 * are used again. Rejects as `EngineDoor.send` does.
 */
export function askEndless(
  socketPath: string,
  request: EndlessRequest,
  limits: { timeoutMs: number; signal: AbortSignal },
): Promise<EndlessAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<EndlessAnswer>();
  const { timeoutMs, signal } = limits;
  const body = new Body();
  const socket = connect({
    path: socketPath,
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (bytes, buffer) => body.take(Buffer.from(buffer.buffer, buffer.byteOffset, bytes)),
    },
  });
  const timer = setTimeout(() => socket.destroy(new Error('the engine was too slow')), timeoutMs);
  const abort = (): void => void socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  socket.on('error', reject);
  socket.once('close', () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    reject(signal.aborted ? signal.reason : new Error('the engine went away'));
    body.end();
  });
  body.begin(socket, (answer) => {
    clearTimeout(timer);
    resolve(answer);
  });
  // Its end is only told to who listens.
  socket.resume();
  socket.write(headOf(request));
  if (request.body) socket.write(request.body);
  return promise;
}

/** HTTP/1.0: an answer without a length goes on until the connection ends, and has no chunks. */
function headOf({ method, path, headers, body }: EndlessRequest): string {
  const fields = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${one}`),
  );
  const length = body ? [`content-length: ${body.length}`] : [];
  return [`${method} ${path} HTTP/1.0`, 'host: engine', ...fields, ...length, '', ''].join('\r\n');
}

/** What comes behind the request: a head, then bytes that somebody takes, or that wait. */
class Body {
  #socket: Socket | undefined;
  #onHead: ((answer: EndlessAnswer) => void) | undefined;
  #head = '';
  /** Bytes that came with the head. */
  #first: Buffer = Buffer.alloc(0);
  #sink: ((bytes: Buffer) => boolean) | undefined;
  #ended = false;
  #onEnd: (() => void) | undefined;

  begin(socket: Socket, onHead: (answer: EndlessAnswer) => void): void {
    this.#socket = socket;
    this.#onHead = onHead;
  }

  /** False pauses the engine. */
  take(bytes: Buffer): boolean {
    if (this.#sink) return this.#sink(bytes);
    if (!this.#onHead) {
      this.#first = Buffer.concat([this.#first, bytes]);
      return this.#first.length < READ_BYTES;
    }
    this.#head += bytes.toString('latin1');
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) {
      if (this.#head.length > MAX_HEAD) this.#socket?.destroy(new Error('the engine answers without a head'));
      return true;
    }
    this.#first = Buffer.from(this.#head.slice(end + HEAD_END.length), 'latin1');
    const onHead = this.#onHead;
    this.#onHead = undefined;
    onHead({
      ...parseHead(this.#head.slice(0, end)),
      pour: (response) => this.#pour(response),
      text: () => this.#text(),
    });
    return true;
  }

  end(): void {
    this.#ended = true;
    this.#onEnd?.();
  }

  #pour(response: ServerResponse): void {
    const buffers: Buffer[] = [];
    response.on('drain', () => this.#socket?.resume());
    response.once('close', () => this.#socket?.destroy());
    this.#onEnd = () => response.end();
    this.#sink = (bytes) => {
      const kept = buffers.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
      bytes.copy(kept);
      const more = response.write(kept.subarray(0, bytes.length), () => buffers.push(kept));
      if (!more) this.#socket?.pause();
      return more;
    };
    if (this.#first.length > 0) response.write(this.#first);
    this.#socket?.resume();
    if (this.#ended) response.end();
  }

  #text(): Promise<string> {
    let text = this.#first.toString();
    return new Promise((resolve) => {
      this.#onEnd = () => resolve(text);
      this.#sink = (bytes) => {
        text += bytes.toString();
        if (text.length > MAX_TEXT) this.#socket?.destroy();
        return true;
      };
      this.#socket?.resume();
      if (this.#ended) resolve(text);
    });
  }
}

function parseHead(text: string): { status: number; headers: IncomingHttpHeaders } {
  const [first = '', ...lines] = text.split('\r\n');
  const fields = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status: Number(first.split(' ')[1]) || 502, headers: Object.fromEntries(fields) };
}
