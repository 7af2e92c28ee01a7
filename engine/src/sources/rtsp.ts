import { randomBytes } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import {
  type Connect,
  parseRtspUrl,
  playableMedia,
  RtspClient,
  type RtspDescription,
  RtspError,
  RtspToStream,
  type RtspTransport,
} from '@nightjar/media/rtsp';
import { type CameraSockets, TargetDeniedError } from '../outbound/index.ts';
import { CameraMemories, type CameraMemory } from './camera-memory.ts';
import {
  type SourceCounters,
  SourceError,
  type SourceOptions,
  type SourceRun,
  type StartSource,
} from './source.ts';
import { CertificateChangedError } from './trust.ts';

/** Milliseconds without a frame after which the camera counts as stalled: smart codecs go down to 1 frame/s. */
const NO_MEDIA_AFTER = 5_000;
/** Milliseconds from PLAY to the first packet after which another way is tried, if there is one. */
const FIRST_PACKET = 4_000;
/** Both are doubled so often at most for a camera that brought nothing in any way. */
const MOST_PATIENCE = 2;
const WATCH_INTERVAL = 1_000;
/** Milliseconds between receiver reports (RFC 3550 6.2: at least 5 s on average). */
const REPORT_INTERVAL = 5_000;
/** More than a camera sends while the loop rests, so that one call takes it all; see docs/design/pace.md. */
const READ_BYTES = 256 * 1024;
const NOTHING: SourceCounters = { bytes: 0, packets: 0, lost: 0, dropped: 0 };

/**
 * Pulls cameras over RTSP: interleaved TCP, UDP or an HTTP tunnel, plain or inside TLS. All share one read buffer:
 * see the hot-path rules.
 */
export function rtspSource(sockets: CameraSockets): StartSource {
  const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const memories = new CameraMemories();
  return (options) => new RtspRun(options, { sockets, readBuffer, memory: memories.of(options) });
}

interface Surroundings {
  readonly sockets: CameraSockets;
  readonly readBuffer: Buffer;
  readonly memory: CameraMemory;
}

/** One connection as the stream sees it: the transports are tried in it until one brings media. */
class RtspRun implements SourceRun {
  readonly #options: SourceOptions;
  readonly #around: Surroundings;
  #past = NOTHING;
  #ingest: RtspToStream | undefined;
  #talk: RtspClient | undefined;
  #playedAt = 0;
  #ready = false;
  #live = false;

  constructor(options: SourceOptions, around: Surroundings) {
    this.#options = options;
    this.#around = around;
  }

  get counters(): SourceCounters {
    return this.#ingest ? sum(this.#past, this.#ingest.counters) : this.#past;
  }

  get transport(): RtspTransport {
    return this.#around.memory.choice.current;
  }

  get clockSkew(): number | undefined {
    return this.#ingest?.clockSkew;
  }

  get mayWait(): number {
    return this.#talk?.mayWait ?? 0;
  }

  async run(): Promise<never> {
    const { memory } = this.#around;
    const failures: unknown[] = [];
    for (;;) {
      const { sound } = memory;
      try {
        return await this.#session();
      } catch (error) {
        this.#options.signal.throwIfAborted();
        if (!sound && !this.#live) memory.sound = true;
        failures.push(error);
        if (memory.choice.failed(this.#blamed(error))) continue;
        if (!this.#live && failures.some(isSilence)) memory.slow = Math.min(memory.slow + 1, MOST_PATIENCE);
        throw sourceError(failures);
      }
    }
  }

  /** Whatever goes wrong with a tunnel that did not just bring media may be the tunnel's: most cameras know none. */
  #blamed(error: unknown): unknown {
    const { memory } = this.#around;
    const proven = memory.worked === 'http';
    if (proven) memory.worked = undefined;
    if (proven || memory.choice.current !== 'http' || !(error instanceof RtspError)) return error;
    return new RtspError(error.code, error.message, { transport: 'http' });
  }

  async #session(): Promise<never> {
    const lost = Promise.withResolvers<never>();
    // The loss may come while a request is still pending, which then tells the same.
    lost.promise.catch(() => undefined);
    const client = this.#client((error) => lost.reject(error));
    this.#talk = client;
    const { signal, clock } = this.#options;
    const aborted = (): void => lost.reject(signal.reason);
    signal.addEventListener('abort', aborted);
    const timers: (() => void)[] = [];
    try {
      signal.throwIfAborted();
      // A camera that does not answer must not hold up whoever stops the stream.
      await Promise.race([this.#start(client), lost.promise]);
      timers.push(clock.every(WATCH_INTERVAL, () => this.#watch(client, lost.reject)));
      if (this.transport !== 'udp') timers.push(clock.every(REPORT_INTERVAL, () => this.#report(client)));
      return await lost.promise;
    } finally {
      for (const cancel of timers) cancel();
      signal.removeEventListener('abort', aborted);
      await client.close();
      this.#past = this.counters;
      this.#ingest?.close();
      this.#ingest = undefined;
    }
  }

  #client(onClose: (error: unknown) => void): RtspClient {
    const { source, clock } = this.#options;
    const { sockets, readBuffer, memory } = this.#around;
    const url = parseRtspUrl(source.url);
    if (!url) throw new SourceError('not_rtsp', 'the address is not an RTSP URL');
    const { username, password } = source;
    return new RtspClient({
      url,
      credentials: username === undefined ? undefined : { username, password: password ?? '' },
      connect: this.#trusting(sockets.connect),
      openUdp: sockets.openUdp,
      transport: memory.choice.current,
      keepAlive: memory.keepAlive,
      ...((source.transport ?? 'auto') === 'auto' && {
        timeouts: { firstPacketMs: FIRST_PACKET << memory.slow },
      }),
      readBuffer,
      random: randomBytes,
      clock,
      onClose,
      sink: {
        rtp: (trackIndex, buffer, start, end) => this.#ingest?.rtp(trackIndex, buffer, start, end),
        rtcp: (trackIndex, buffer, start, end) => this.#ingest?.rtcp(trackIndex, buffer, start, end),
      },
    });
  }

  /** Connects, and looks at the certificate first of all. */
  #trusting(connect: Connect): Connect {
    const { source, onCertificate } = this.#options;
    const { trust } = this.#around.memory;
    return (target, onread) => {
      const socket = connect(target, onread);
      if (socket instanceof TLSSocket) {
        socket.once('secureConnect', () =>
          trust.check(socket, source.tls_pin, (seen) => onCertificate?.(seen)),
        );
      }
      return socket;
    };
  }

  async #start(client: RtspClient): Promise<void> {
    const description = await client.describe();
    const media = await this.#setUp(client, description);
    this.#ingest = new RtspToStream(media, {
      ...this.#options,
      onReady: () => this.#becameReady(),
      onLive: () => this.#becameLive(),
    });
    this.#playedAt = this.#options.clock.monotonic();
    this.#ingest.begin(await client.play());
    this.#playedAt = this.#options.clock.monotonic();
  }

  /** The first track, and the second if the camera gives it: trouble with the sound is no reason to lose the picture. */
  async #setUp(client: RtspClient, { sdp }: RtspDescription): Promise<RtspDescription['sdp']['media']> {
    const { memory } = this.#around;
    const [first, second] = playableMedia(sdp);
    if (first === undefined) {
      const offered = sdp.media.map((media) => media.encodingName || media.kind).join(', ') || 'nothing';
      throw new SourceError('no_playable_track', `the camera offers ${offered}, none of which can be used`);
    }
    await client.setup([first]);
    if (second === undefined || !memory.sound) return [sdp.media[first]!];
    try {
      await client.setup([second]);
      return [sdp.media[first]!, sdp.media[second]!];
    } catch (error) {
      if (!(error instanceof RtspError) || error.code === 'auth_failed') throw error;
      // The connection stands: go on. It does not: the next one goes without.
      if (error.status === undefined) {
        memory.sound = false;
        throw error;
      }
      return [sdp.media[first]!];
    }
  }

  /** The tracks may come and go while the transports are tried; to the stream it is one connection. */
  #becameReady(): void {
    if (this.#ready) return;
    this.#ready = true;
    this.#options.onReady();
  }

  #becameLive(): void {
    const { memory } = this.#around;
    memory.choice.works();
    memory.worked = memory.choice.current;
    const waited = this.#options.clock.monotonic() - this.#playedAt;
    memory.slow = waited <= FIRST_PACKET ? 0 : waited <= 2 * FIRST_PACKET ? 1 : MOST_PATIENCE;
    this.#live = true;
    this.#options.onLive();
  }

  #watch(client: RtspClient, lose: (error: SourceError) => void): void {
    const ingest = this.#ingest;
    if (!ingest) return;
    const { lastFrame } = ingest;
    const begun = lastFrame > this.#playedAt;
    const silent = this.#options.clock.monotonic() - Math.max(lastFrame, this.#playedAt);
    if (silent < (begun ? NO_MEDIA_AFTER : NO_MEDIA_AFTER << this.#around.memory.slow)) return;
    client.silent();
    const missing = ingest.trouble === undefined ? '' : `: ${ingest.trouble}`;
    const seconds = Math.round(silent / 1000);
    lose(new SourceError('no_media', `no picture for ${seconds} s although connected${missing}`));
  }

  /** Some cameras end a session whose receiver never reports (quirk 8). Over UDP the session itself does. */
  #report(client: RtspClient): void {
    this.#ingest?.receiverReports((trackIndex, packet) => client.send(trackIndex, 'rtcp', packet));
  }
}

/** The camera said yes to everything and sent nothing. */
function isSilence(error: unknown): boolean {
  if (error instanceof SourceError) return error.fault === 'no_media';
  return error instanceof RtspError && error.code === 'timeout' && error.transport !== undefined;
}

function sum(a: SourceCounters, b: SourceCounters): SourceCounters {
  return {
    bytes: a.bytes + b.bytes,
    packets: a.packets + b.packets,
    lost: a.lost + b.lost,
    dropped: a.dropped + b.dropped,
  };
}

/** The fault is that of the first transport, the words are those of all. */
function sourceError(failures: readonly unknown[]): unknown {
  const [error] = failures;
  const cause = error instanceof RtspError && error.cause instanceof Error ? error.cause : error;
  if (error instanceof SourceError) return error;
  if (cause instanceof CertificateChangedError) return new SourceError('tls_changed', cause.message);
  if (cause instanceof TargetDeniedError) return new SourceError('target_denied', cause.message);
  if (!(error instanceof RtspError)) return error;
  const words = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
  return new SourceError(error.code, words.join('; '));
}
