import { parseSdp, type Sdp } from '../sdp/index.ts';
import { type Clock, systemClock } from '../stream/index.ts';
import { ClientAuth } from './auth/client-auth.ts';
import { type FirstContact, firstContact } from './client/first-contact.ts';
import { httpTunnel } from './client/http-tunnel.ts';
import type { RtspClientOptions, RtspDescription } from './client/options.ts';
import { closed, tearDown } from './client/tear-down.ts';
import { ClientTracks } from './client/tracks.ts';
import { Connection } from './connection.ts';
import { RtspError } from './errors.ts';
import { KeepAlive } from './keep-alive.ts';
import { matchRtpInfo, type RtspTrackStart } from './rtp-info.ts';
import { statusError } from './status.ts';
import { baseUrl, controlUrls, isAbsolute } from './wire/control.ts';
import { parseSession, type SessionHeader } from './wire/headers.ts';
import { type HeaderList, header, type RtspResponse } from './wire/message.ts';
import { type Credentials, formatRtspUrl, type RtspUrl } from './wire/url.ts';

/** An RTSP session that plays over interleaved TCP or UDP (RFC 2326): `describe`, `setup`, `play`, `close`, once each. */
export class RtspClient {
  readonly #options: RtspClientOptions;
  readonly #clock: Clock;
  readonly #tracks: ClientTracks;
  readonly #abort = () => void this.#shutDown(this.#options.signal?.reason);
  #connection: Connection | undefined;
  #methods: ReadonlySet<string> = new Set();
  #base: RtspUrl;
  #sdp: Sdp | undefined;
  #aggregate = '';
  #session: SessionHeader | undefined;
  #trackUrls: string[] = [];
  #keepAlive: KeepAlive | undefined;
  #closing: Promise<void> | undefined;
  #contacting = true;
  /** The connection that was lost before it was known whether another one follows. */
  #lost: { readonly connection: Connection; readonly error: unknown } | undefined;

  constructor(options: RtspClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { sink, transport, openUdp, random, timeouts } = options;
    this.#tracks = new ClientTracks({
      sink,
      transport: transport ?? 'tcp',
      openUdp,
      clock: this.#clock,
      random,
      firstPacketMs: timeouts?.firstPacketMs,
      onFail: (error) => this.#connection?.fail(error),
    });
    this.#base = options.url;
    options.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** Bytes skipped between packets because they were no RTSP. */
  get garbageBytes(): number {
    return this.#connection?.garbageBytes ?? 0;
  }

  /** Packets on channels that were never set up, ignored. */
  get strayPackets(): number {
    return this.#tracks.stray;
  }

  /** Packets over UDP behind which others may have been left waiting in their socket; rises only. */
  get mayWait(): number {
    return this.#tracks.mayWait;
  }

  /**
   * Connects, follows redirects and reads the description.
   * @throws RtspError, or what `connect` threw.
   */
  async describe(): Promise<RtspDescription> {
    const { url, random } = this.#options;
    try {
      const { methods, ...found } = await firstContact({
        url,
        credentials: this.#options.credentials ?? url.credentials,
        authFor: (credentials) => new ClientAuth(credentials, random),
        open: (target, auth, credentials) => this.#open(target, auth, credentials),
        leave: (connection) => this.#leave(connection),
      });
      this.#methods = methods;
      this.#contacted();
      return this.#described(found);
    } catch (error) {
      this.#contacted(error);
      throw error;
    }
  }

  /**
   * Sets up media sections of the description. The position in `mediaIndexes` is the track index that the sink
   * and `play()` use.
   */
  async setup(mediaIndexes: readonly number[]): Promise<void> {
    for (const mediaIndex of mediaIndexes) await this.#setupTrack(mediaIndex);
  }

  /** Starts the media. What `RTP-Info` tells is optional and often wrong: a hint, never a condition. */
  async play(): Promise<readonly RtspTrackStart[]> {
    const connection = this.#alive();
    const headers = this.#sessionHeaders();
    this.#tracks.play();
    let response = await connection.request('PLAY', this.#aggregate, [...headers, ['Range', 'npt=0.000-']]);
    if (response.status === 457) response = await connection.request('PLAY', this.#aggregate, headers);
    if (response.status >= 300) throw statusError(connection.peer, 'PLAY', response);
    this.#keepAlive = new KeepAlive({
      clock: this.#clock,
      poster: connection,
      url: this.#aggregate,
      session: this.#session?.id ?? '',
      timeout: this.#session?.timeout ?? 60,
      methods: this.#methods,
      habit: this.#options.keepAlive,
    });
    this.#tracks.played(connection.peer);
    return matchRtpInfo(header(response.headers, 'rtp-info'), this.#trackUrls);
  }

  /** Sends one RTP or RTCP packet of a track. False when it was dropped: no connection, or the camera does not read. */
  send(trackIndex: number, kind: 'rtp' | 'rtcp', packet: Buffer): boolean {
    if (this.#closing || packet.length > 0xffff) return false;
    return this.#tracks.send(this.#connection, trackIndex, kind, packet);
  }

  /** Media stopped although the connection stands: the way the session was kept alive may be the reason. */
  silent(): void {
    this.#keepAlive?.lost();
  }

  /** Ends the session with TEARDOWN, waits at most 1 s for its answer. The sink is not called any more. */
  close(): Promise<void> {
    return this.#shutDown(closed());
  }

  #open(url: RtspUrl, auth: ClientAuth, credentials: Credentials | undefined): Connection {
    this.#assertOpen();
    const { readBuffer, random, timeouts } = this.#options;
    const userAgent = this.#options.userAgent ?? 'Nightjar';
    const tunnel = { connect: this.#options.connect, path: url.path, credentials, userAgent, random };
    const connection = new Connection({
      target: { host: url.host, port: url.port, secure: url.secure },
      auth,
      connect: this.#tracks.transport === 'http' ? httpTunnel(tunnel) : tunnel.connect,
      readBuffer,
      clock: this.#clock,
      userAgent,
      connectMs: timeouts?.connectMs ?? 5000,
      requestMs: timeouts?.requestMs ?? 10_000,
      packet: (channel, buffer, start, end) => this.#tracks.packet(channel, buffer, start, end),
      onFail: (error) => this.#failed(connection, error),
    });
    this.#connection = connection;
    return connection;
  }

  /** No other connection follows: if this one is lost already, it is told now. */
  #contacted(error: unknown = this.#lost?.error): void {
    const lost = this.#lost;
    this.#contacting = false;
    if (lost) this.#failed(lost.connection, error);
  }

  /** Another connection follows. */
  async #leave(connection: Connection): Promise<void> {
    this.#connection = undefined;
    this.#lost = undefined;
    connection.fail(new Error('left'));
    await connection.closed();
  }

  #described({ connection, url, response }: Omit<FirstContact, 'methods'>): RtspDescription {
    if (response.status >= 300) throw statusError(connection.peer, 'DESCRIBE', response);
    const sdp = parseSdp(response.body.toString('utf8'));
    if (sdp.media.length === 0) {
      const what = response.body.length === 0 ? 'an empty description' : 'a description without media';
      throw new RtspError('no_playable_track', `${connection.peer} answered DESCRIBE with ${what}`);
    }
    const { headers } = response;
    const base = baseUrl(url, header(headers, 'content-base') ?? header(headers, 'content-location'));
    const whole = sdp.control && isAbsolute(sdp.control) ? baseUrl(base, sdp.control) : base;
    this.#base = whole;
    this.#aggregate = controlUrls(whole, sdp.control)[0]!;
    this.#sdp = sdp;
    return { sdp, baseUrl: formatRtspUrl(whole) };
  }

  async #setupTrack(mediaIndex: number): Promise<void> {
    const connection = this.#alive();
    const media = this.#sdp?.media[mediaIndex];
    if (!media) throw new RangeError(`no media section ${mediaIndex}`);
    const trackIndex = this.#trackUrls.length;
    const wanted = await this.#tracks.offer(trackIndex, media, connection);
    this.#assertOpen();
    const headers = [...this.#sessionHeaders(), ['Transport', wanted] as const];
    const urls = controlUrls(this.#base, media.control);
    let response: RtspResponse | undefined;
    for (const url of urls) {
      response = await connection.request('SETUP', url, headers);
      if (response.status !== 404 && response.status !== 400) {
        return this.#trackSetUp(connection, trackIndex, url, response);
      }
    }
    if (response) throw statusError(connection.peer, 'SETUP', response, this.#tracks.transport);
  }

  #trackSetUp(connection: Connection, trackIndex: number, url: string, response: RtspResponse): void {
    if (response.status >= 300) throw statusError(connection.peer, 'SETUP', response, this.#tracks.transport);
    // The id changes between SETUPs on some cameras: the first one counts.
    this.#session ??= parseSession(header(response.headers, 'session'));
    this.#tracks.accept(trackIndex, header(response.headers, 'transport'), connection.peer);
    this.#trackUrls.push(url);
  }

  #sessionHeaders(): HeaderList {
    return this.#session ? [['Session', this.#session.id]] : [];
  }

  #alive(): Connection {
    this.#assertOpen();
    if (!this.#connection) throw new Error('describe() comes first');
    return this.#connection;
  }

  #assertOpen(): void {
    this.#options.signal?.throwIfAborted();
    if (this.#closing) throw closed();
  }

  #failed(connection: Connection, error: unknown): void {
    if (this.#connection !== connection) return;
    // Whoever asks for the description may go on over another one.
    if (this.#contacting) {
      this.#lost = { connection, error };
      return;
    }
    this.#keepAlive?.lost();
    this.#release();
    this.#options.onClose?.(error);
  }

  #release(): void {
    this.#keepAlive?.close();
    this.#tracks.release();
    this.#options.signal?.removeEventListener('abort', this.#abort);
  }

  #shutDown(reason: unknown): Promise<void> {
    this.#closing ??= this.#tearDown(reason);
    return this.#closing;
  }

  async #tearDown(reason: unknown): Promise<void> {
    this.#release();
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection) {
      if (this.#session) await tearDown(connection, this.#aggregate, this.#sessionHeaders(), this.#clock);
      connection.fail(reason);
      await connection.closed();
    }
    await this.#tracks.close();
  }
}
