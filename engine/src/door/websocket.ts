import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** RFC 6455 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY = /^[A-Za-z0-9+/]{22}==$/;

const OPCODE = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa };
const FINAL = 0x80;
const MASKED = 0x80;
/** A viewer has little to say; control frames hold 125 bytes (RFC 6455 5.5). */
const MAX_SAID = 4096;
const MAX_CONTROL = 125;

/** RFC 6455 7.4.1. */
export const CLOSE_CODE = { normal: 1000, goingAway: 1001, protocol: 1002, tooBig: 1009, tooSlow: 1013 };

/** Header of the answer that makes a WebSocket of a connection. */
export const ACCEPT = 'sec-websocket-accept';

/** What a client asks with that wants a WebSocket (RFC 6455 4.1). */
export interface Handshake {
  readonly key: string | undefined;
  readonly version: string | undefined;
}

/** The value of `ACCEPT`; undefined when it is no such handshake (RFC 6455 4.2.1). */
export function acceptOf({ key, version }: Handshake): string | undefined {
  if (version !== '13' || !key || !KEY.test(key)) return undefined;
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

/** The handshake in a request; undefined when it asks for none. */
export function handshakeIn({ method, headers }: IncomingMessage): Handshake | undefined {
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return undefined;
  return { key: headers['sec-websocket-key'], version: headers['sec-websocket-version'] };
}

/** The head that turns the connection into a WebSocket. */
export const upgradeHead = (accept: string): string =>
  [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    '\r\n',
  ].join('\r\n');

/** The unmasked head of a message of `length` bytes, as a server sends it (RFC 6455 5.2). */
export function messageHead(opcode: 'text' | 'binary', length: number): Buffer {
  const first = FINAL | (opcode === 'text' ? OPCODE.text : 0x2);
  if (length < 126) return Buffer.from([first, length]);
  if (length < 65_536) return Buffer.from([first, 126, length >>> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head[0] = first;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** A whole text message. */
export function textMessage(text: string): Buffer {
  const body = Buffer.from(text);
  return Buffer.concat([messageHead('text', body.length), body]);
}

/** A close frame; `reason` is for people. */
export function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason).subarray(0, MAX_CONTROL - 2);
  const frame = Buffer.alloc(4 + text.length);
  frame[0] = FINAL | OPCODE.close;
  frame[1] = 2 + text.length;
  frame.writeUInt16BE(code, 2);
  text.copy(frame, 4);
  return frame;
}

/** What a client says that matters to somebody who only sends. */
export interface ClientWords {
  /** It closes, or breaks the protocol: answer with the code and end. */
  onClose(code: number): void;
  /** It wants to know whether we are here: send this back. */
  onPing(pong: Buffer): void;
}

/** Reads what a client says; messages are left unread, within bounds. */
export class ClientFrames {
  readonly #words: ClientWords;
  #rest: Buffer = Buffer.alloc(0);
  #over = false;

  constructor(words: ClientWords) {
    this.#words = words;
  }

  feed(bytes: Buffer): void {
    if (this.#over) return;
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (!this.#over && this.#frame()) {
      // Each turn takes one frame.
    }
    // What is kept is a copy: the socket's buffer is larger than a frame's beginning.
    this.#rest = Buffer.from(this.#rest);
  }

  /** Takes one frame; false when it is not whole yet. */
  #frame(): boolean {
    const rest = this.#rest;
    if (rest.length < 2) return false;
    const control = (rest[0]! & 0x8) !== 0;
    const short = rest[1]! & 0x7f;
    const masked = (rest[1]! & MASKED) !== 0;
    if (
      !masked ||
      (rest[0]! & 0x70) !== 0 ||
      (control && (short > MAX_CONTROL || (rest[0]! & FINAL) === 0))
    ) {
      this.#close(CLOSE_CODE.protocol);
      return false;
    }
    const head = short < 126 ? 6 : 8;
    if (short === 127) {
      this.#close(CLOSE_CODE.tooBig);
      return false;
    }
    if (rest.length < head) return false;
    const length = short < 126 ? short : rest.readUInt16BE(2);
    if (length > MAX_SAID) {
      this.#close(CLOSE_CODE.tooBig);
      return false;
    }
    if (rest.length < head + length) return false;
    this.#take(rest[0]! & 0xf, rest, head, length);
    this.#rest = rest.subarray(head + length);
    return true;
  }

  #take(opcode: number, bytes: Buffer, at: number, length: number): void {
    if (opcode === OPCODE.close) {
      this.#close(CLOSE_CODE.normal);
    } else if (opcode === OPCODE.ping) {
      const pong = Buffer.alloc(2 + length);
      pong[0] = FINAL | OPCODE.pong;
      pong[1] = length;
      for (let i = 0; i < length; i++) pong[2 + i] = bytes[at + i]! ^ bytes[at - 4 + (i & 3)]!;
      this.#words.onPing(pong);
    }
  }

  #close(code: number): void {
    this.#over = true;
    this.#words.onClose(code);
  }
}

/** Refuses an upgrade in HTTP. */
export function refuseUpgrade(socket: Duplex, status: number, words: string, message: string): void {
  const body = JSON.stringify({ status, message });
  const lines = [
    `HTTP/1.1 ${status} ${words}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.on('error', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
