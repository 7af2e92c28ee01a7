import type { Duplex } from 'node:stream';
import {
  mediaHead,
  RELAY_PROTOCOL,
  RelayOpen,
  RelayReader,
  readTaken,
  relayFrame,
  relayJson,
  type Taken,
  TO_ENGINE,
  TO_SERVER,
} from '@nightjar/contract/link';

/** The engine's end of a relay, doing what a test says. */
export class RelayEnd {
  readonly opened: { viewer: number; asked: RelayOpen }[] = [];
  readonly said: { viewer: number; text: string }[] = [];
  readonly taken: Taken[] = [];
  readonly left: number[] = [];
  readonly #socket: Duplex;
  #watchers: (() => void)[] = [];

  /** `head`: what came behind the request. */
  constructor(
    socket: Duplex,
    head: Buffer,
    onOpen?: (end: RelayEnd, viewer: number, asked: RelayOpen) => void,
  ) {
    this.#socket = socket;
    if (head.length > 0) socket.unshift(head);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${RELAY_PROTOCOL}\r\n\r\n`);
    const reader = new RelayReader((kind, payload) => {
      const viewer = payload.readUInt32BE(0);
      const text = payload.toString('utf8', 4);
      if (kind === TO_ENGINE.taken) this.taken.push(...readTaken(payload));
      else if (kind === TO_ENGINE.left) this.left.push(viewer);
      else if (kind === TO_ENGINE.said) this.said.push({ viewer, text });
      else if (kind === TO_ENGINE.open) {
        const asked = RelayOpen.parse(JSON.parse(text));
        this.opened.push({ viewer, asked });
        onOpen?.(this, viewer, asked);
      }
      for (const wake of this.#watchers.splice(0)) wake();
    });
    socket.on('data', (bytes: Buffer) => reader.read(bytes));
    socket.on('error', () => socket.destroy());
  }

  begin(viewer: number, headers: Record<string, string> = {}): void {
    this.#socket.write(relayJson(TO_SERVER.begun, viewer, { headers }));
  }

  refuse(viewer: number, status: number, message: string): void {
    this.#socket.write(relayJson(TO_SERVER.refused, viewer, { status, message }));
  }

  media(viewers: readonly number[], bytes: Buffer): void {
    this.#socket.write(mediaHead(viewers, bytes.length));
    this.#socket.write(bytes);
  }

  end(viewer: number): void {
    this.#socket.write(relayFrame(TO_SERVER.end, viewer));
  }

  cut(viewer: number): void {
    this.#socket.write(relayFrame(TO_SERVER.cut, viewer));
  }

  /** Whatever bytes. */
  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Ends the relay as a crash would. */
  drop(): void {
    this.#socket.destroy();
  }

  /** Resolves when `holds`, now or after a frame. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }
}
