import { formatSdp } from '../sdp/index.ts';
import type { Clock, Track } from '../stream/index.ts';
import { ClientAuth } from './auth/client-auth.ts';
import { type Connect, Connection } from './connection.ts';
import { RtspError } from './errors.ts';
import { KeepAlive } from './keep-alive.ts';
import { statusError } from './status.ts';
import { parseMethods, parseSession, type SessionHeader } from './wire/headers.ts';
import { type HeaderList, header } from './wire/message.ts';
import { type Credentials, formatRtspUrl, type RtspUrl } from './wire/url.ts';

export interface RtspPublisherOptions {
  readonly url: RtspUrl;
  /** Used instead of those of `url`. */
  readonly credentials?: Credentials | undefined;
  readonly connect: Connect;
  /** 64 KiB, may be shared by all clients of the process. */
  readonly readBuffer: Buffer;
  readonly clock: Clock;
  /** Unpredictable bytes, as `crypto.randomBytes`. */
  readonly random: (size: number) => Buffer;
  /** The connection was lost. Called at most once, and not for what `close()` did. */
  readonly onClose: (error: unknown) => void;
}

/** One track as an `RtpSender` sends it. */
export interface PublishedTrack {
  readonly track: Track;
  readonly payloadType: number;
}

const CONNECT_MS = 5_000;
const REQUEST_MS = 10_000;
const AGENT = 'Nightjar';

/** Publishes a stream to an RTSP server (RFC 2326 10.3, 10.11), its packets inside the connection. Dies once. */
export class RtspPublisher {
  readonly #options: RtspPublisherOptions;
  readonly #url: string;
  readonly #connection: Connection;
  #session: SessionHeader | undefined;
  #keepAlive: KeepAlive | undefined;
  #closed = false;

  /** Connects at once. May throw what `connect` throws. */
  constructor(options: RtspPublisherOptions) {
    const { url, credentials, connect, readBuffer, clock, random } = options;
    this.#options = options;
    this.#url = formatRtspUrl(url);
    this.#connection = new Connection({
      target: { host: url.host, port: url.port, secure: url.secure },
      auth: new ClientAuth(credentials ?? url.credentials, random),
      connect,
      readBuffer,
      clock,
      userAgent: AGENT,
      connectMs: CONNECT_MS,
      requestMs: REQUEST_MS,
      // Receiver reports say nothing that the way of sending would follow.
      packet: () => undefined,
      onFail: (error) => this.#failed(error),
    });
  }

  /** Bytes written and not yet taken. */
  get writableLength(): number {
    return this.#connection.writableLength;
  }

  /** Offers the tracks. Resolves when the server takes packets: see `write`. Rejects with RtspError. */
  async publish(tracks: readonly PublishedTrack[]): Promise<void> {
    const connection = this.#connection;
    const offered = await connection.request('OPTIONS', this.#url);
    const controls = tracks.map((_track, index) => `trackID=${index}`);
    const body = formatSdp({
      name: AGENT,
      sessionId: String(this.#options.random(4).readUInt32BE(0)),
      tracks: tracks.map((track, index) => ({ ...track, control: controls[index]! })),
    });
    await this.#ask('ANNOUNCE', this.#url, [['Content-Type', 'application/sdp']], body);
    for (const [index, control] of controls.entries()) await this.#setUp(index, `${this.#url}/${control}`);
    await this.#ask('RECORD', this.#url, [['Range', 'npt=0.000-']]);
    this.#keepAlive = new KeepAlive({
      clock: this.#options.clock,
      poster: connection,
      url: this.#url,
      session: this.#session?.id ?? '',
      timeout: this.#session?.timeout ?? 60,
      methods: parseMethods(offered.headers.get('public') ?? []),
    });
    // Whoever closed in the meantime wants no timer left.
    if (this.#closed) this.#keepAlive.close();
  }

  /** Sends packets as an `RtpViewer` gets them: channel 2 x track for RTP, one more for RTCP. */
  write(chunk: Buffer): void {
    this.#connection.media(chunk);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#keepAlive?.close();
    // Nobody waits for an answer: the end of the connection says the same.
    if (this.#session) this.#connection.post('TEARDOWN', this.#url, this.#headers(), () => undefined);
    this.#connection.fail(new DOMException('the RTSP session was closed', 'AbortError'));
    await this.#connection.closed();
  }

  async #setUp(index: number, url: string): Promise<void> {
    const channels = `${2 * index}-${2 * index + 1}`;
    const wanted = `RTP/AVP/TCP;unicast;interleaved=${channels};mode=record`;
    const response = await this.#ask('SETUP', url, [['Transport', wanted]]);
    this.#session ??= parseSession(header(response.headers, 'session'));
    const given = /interleaved=(\d+(?:-\d+)?)/i.exec(header(response.headers, 'transport') ?? '')?.[1];
    // The packets are shared with all who watch: their channels are ours.
    if (given !== undefined && given !== channels && given !== String(2 * index)) {
      throw new RtspError(
        'protocol_error',
        `${this.#connection.peer} wants other channels than were offered`,
      );
    }
  }

  async #ask(method: string, url: string, headers: HeaderList, body = '') {
    const response = await this.#connection.request(method, url, [...this.#headers(), ...headers], { body });
    if (response.status >= 300) throw statusError(this.#connection.peer, method, response);
    return response;
  }

  #headers(): HeaderList {
    return this.#session ? [['Session', this.#session.id]] : [];
  }

  #failed(error: unknown): void {
    this.#keepAlive?.close();
    if (!this.#closed) this.#options.onClose(error);
  }
}
