import { header, parseHead } from '../wire/message.ts';

/** The connection that a tunnel's answers and media go to, and that takes what its POSTs bring. */
interface TunnelEnd {
  readonly address: string;
  /** Takes `[0, length)` of a buffer that is lent. */
  feed(buffer: Buffer, length: number): void;
}

/** The open HTTP tunnels of a server, by their cookie. */
export class Tunnels {
  readonly #ends = new Map<string, TunnelEnd>();

  /** False when the cookie is taken. */
  open(cookie: string, end: TunnelEnd): boolean {
    if (this.#ends.has(cookie)) return false;
    this.#ends.set(cookie, end);
    return true;
  }

  /** A tunnel's two halves come from one address. */
  find(cookie: string, address: string): TunnelEnd | undefined {
    const end = this.#ends.get(cookie);
    return end?.address === address ? end : undefined;
  }

  close(cookie: string, end: TunnelEnd): void {
    if (this.#ends.get(cookie) === end) this.#ends.delete(cookie);
  }
}

export interface DoorwayOptions {
  /** Absent: HTTP is not understood. */
  readonly tunnels: Tunnels | undefined;
  /** Of the client. */
  readonly address: string;
  /** Takes RTSP, from this connection or the POSTs of its tunnel. */
  readonly rtsp: (buffer: Buffer, length: number) => void;
  readonly write: (text: string) => void;
  /** Nothing more is taken of the connection. */
  readonly refuse: () => void;
}

const MAX_HEAD = 8 * 1024;
const COOKIE = /^[\x21-\x7e]{1,128}$/;
const HTTP = ['GET ', 'POST '];
const OPENED = [
  'HTTP/1.0 200 OK',
  'Connection: close',
  'Cache-Control: no-store',
  'Pragma: no-cache',
  'Content-Type: application/x-rtsp-tunnelled',
  '\r\n',
].join('\r\n');

/**
 * Tells RTSP from the two halves of RTSP over HTTP (QuickTime's tunnel) by the first bytes of a connection: GET takes
 * answers and media, POST brings requests in base64. Both name a cookie in a header field of its own, which no web
 * page can send here unasked.
 */
export class Doorway {
  readonly #options: DoorwayOptions;
  #kind: 'unknown' | 'rtsp' | 'get' | 'post' = 'unknown';
  #head = '';
  #cookie = '';
  #end: TunnelEnd | undefined;
  /** Base64 characters of a group that is not whole yet. */
  #kept = '';

  constructor(options: DoorwayOptions) {
    this.#options = options;
    if (!options.tunnels) this.#kind = 'rtsp';
  }

  /** A POST whose tunnel is open: it may be silent. */
  get serving(): boolean {
    return (
      this.#kind === 'post' && this.#options.tunnels?.find(this.#cookie, this.#options.address) !== undefined
    );
  }

  /** Takes `[0, length)` of a buffer that is lent. */
  data(buffer: Buffer, length: number): void {
    if (this.#kind === 'rtsp') this.#options.rtsp(buffer, length);
    else if (this.#kind === 'post') this.#posted(buffer.toString('latin1', 0, length));
    else if (this.#kind === 'unknown') this.#begin(buffer.toString('latin1', 0, length));
  }

  close(): void {
    if (this.#end) this.#options.tunnels?.close(this.#cookie, this.#end);
  }

  #begin(text: string): void {
    this.#head += text;
    if (!HTTP.some((word) => word.startsWith(this.#head.slice(0, word.length)))) {
      this.#kind = 'rtsp';
      const bytes = Buffer.from(this.#head, 'latin1');
      this.#options.rtsp(bytes, bytes.length);
      return;
    }
    const end = this.#head.indexOf('\r\n\r\n');
    if (end >= 0) this.#request(this.#head.slice(0, end + 4), this.#head.slice(end + 4));
    else if (this.#head.length > MAX_HEAD) this.#refuse(400);
  }

  #request(head: string, rest: string): void {
    const [start = ''] = head.split('\r\n', 1);
    const message = parseHead(head.replace(/ HTTP\/1\.[01]\r\n/, ' RTSP/1.0\r\n'))?.message;
    this.#cookie = (message && header(message.headers, 'x-sessioncookie')) ?? '';
    this.#head = '';
    if (!message || !/ HTTP\/1\.[01]$/.test(start) || !COOKIE.test(this.#cookie)) this.#refuse(400);
    else if (start.startsWith('GET ')) this.#get();
    else this.#post(rest);
  }

  #get(): void {
    const { tunnels, address, rtsp, write } = this.#options;
    const end = { address, feed: rtsp };
    if (!tunnels?.open(this.#cookie, end)) {
      this.#refuse(503);
      return;
    }
    this.#end = end;
    this.#kind = 'get';
    write(OPENED);
  }

  #post(rest: string): void {
    this.#kind = 'post';
    if (this.serving) this.#posted(rest);
    else this.#refuse(404);
  }

  /** Each request is padded on its own. */
  #posted(text: string): void {
    const { tunnels, address } = this.#options;
    const end = tunnels?.find(this.#cookie, address);
    const all = this.#kept + text.replace(/[\r\n]/g, '');
    if (!end || !/^[A-Za-z0-9+/=]*$/.test(all)) {
      this.#refuse(400);
      return;
    }
    const whole = all.length - (all.length % 4);
    this.#kept = all.slice(whole);
    const parts = all.slice(0, whole).match(/[^=]+={0,2}/g) ?? [];
    if (parts.length === 0) return;
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')));
    end.feed(bytes, bytes.length);
  }

  #refuse(status: number): void {
    this.#kind = 'get';
    this.#options.write(`HTTP/1.0 ${status} Refused\r\nConnection: close\r\n\r\n`);
    this.#options.refuse();
  }
}
