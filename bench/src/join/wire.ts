import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** A connection that is read by so many bytes, or up to a text. */
export class Wire implements AsyncDisposable {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #over = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const wake = (): void => this.#wake?.();
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
      wake();
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#over = true;
      wake();
    });
  }

  static async open(target: NetConnectOpts): Promise<Wire> {
    const socket = connect(target);
    await once(socket, 'connect');
    return new Wire(socket);
  }

  write(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  /** The next `length` bytes. */
  async take(length: number): Promise<Buffer> {
    await this.#until(() => this.#bytes.length >= length);
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  /** Everything up to and with `end`. */
  async takeTo(end: string): Promise<string> {
    await this.#until(() => this.#bytes.includes(end));
    return (await this.take(this.#bytes.indexOf(end) + end.length)).toString('latin1');
  }

  /** The next byte, left where it is. */
  async peek(): Promise<number> {
    await this.#until(() => this.#bytes.length > 0);
    return this.#bytes[0]!;
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#over) throw new Error(`the server closed: ${this.#bytes.toString('latin1').slice(0, 200)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#over) return;
    const closed = once(this.#socket, 'close');
    this.#socket.destroy();
    await closed;
  }
}
