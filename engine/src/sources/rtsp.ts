import { randomBytes } from 'node:crypto';
import {
  type Connect,
  parseRtspUrl,
  playableMedia,
  RtspClient,
  RtspError,
  RtspToStream,
} from '@nightjar/media/rtsp';
import { TargetDeniedError } from '../outbound/index.ts';
import {
  type SourceCounters,
  SourceError,
  type SourceOptions,
  type SourceRun,
  type StartSource,
} from './source.ts';

/** Milliseconds without a frame after which the camera counts as stalled: smart codecs go down to 1 frame/s. */
const NO_MEDIA_AFTER = 5_000;
const WATCH_INTERVAL = 1_000;
/** Milliseconds between receiver reports (RFC 3550 6.2: at least 5 s on average). */
const REPORT_INTERVAL = 5_000;
const NOTHING: SourceCounters = { bytes: 0, packets: 0, lost: 0, dropped: 0 };

/** Pulls cameras over RTSP with interleaved TCP. All share one read buffer: see the hot-path rules. */
export function rtspSource(connect: Connect): StartSource {
  const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);
  return (options) => new RtspRun(options, connect, readBuffer);
}

class RtspRun implements SourceRun {
  readonly #options: SourceOptions;
  readonly #connect: Connect;
  readonly #readBuffer: Buffer;
  #ingest: RtspToStream | undefined;

  constructor(options: SourceOptions, connect: Connect, readBuffer: Buffer) {
    this.#options = options;
    this.#connect = connect;
    this.#readBuffer = readBuffer;
  }

  get counters(): SourceCounters {
    return this.#ingest?.counters ?? NOTHING;
  }

  async run(): Promise<never> {
    const lost = Promise.withResolvers<never>();
    // The loss may come while a request is still pending, which then tells the same.
    lost.promise.catch(() => undefined);
    const client = this.#client((error) => lost.reject(error));
    const { signal, clock } = this.#options;
    const aborted = (): void => lost.reject(signal.reason);
    signal.addEventListener('abort', aborted);
    const timers: (() => void)[] = [];
    try {
      // A camera that does not answer must not hold up whoever stops the stream.
      await Promise.race([this.#start(client), lost.promise]);
      timers.push(clock.every(WATCH_INTERVAL, () => this.#watch(lost.reject)));
      timers.push(clock.every(REPORT_INTERVAL, () => this.#report(client)));
      return await lost.promise;
    } catch (error) {
      signal.throwIfAborted();
      throw sourceError(error);
    } finally {
      for (const cancel of timers) cancel();
      signal.removeEventListener('abort', aborted);
      await client.close();
      this.#ingest?.close();
    }
  }

  #client(onClose: (error: unknown) => void): RtspClient {
    const { source, clock } = this.#options;
    const url = parseRtspUrl(source.url);
    if (!url) throw new SourceError('not_rtsp', 'the address is not an RTSP URL');
    const { username, password } = source;
    return new RtspClient({
      url,
      credentials: username === undefined ? undefined : { username, password: password ?? '' },
      connect: this.#connect,
      readBuffer: this.#readBuffer,
      random: randomBytes,
      clock,
      onClose,
      sink: {
        rtp: (trackIndex, buffer, start, end) => this.#ingest?.rtp(trackIndex, buffer, start, end),
        rtcp: (trackIndex, buffer, start, end) => this.#ingest?.rtcp(trackIndex, buffer, start, end),
      },
    });
  }

  async #start(client: RtspClient): Promise<void> {
    const { sdp } = await client.describe();
    // Live playlists and recorded files carry one set of tracks, which the page must be able to play.
    const indexes = playableMedia(sdp, (codec) => codec.browser);
    if (indexes.length === 0) {
      const offered = sdp.media.map((media) => media.encodingName || media.kind).join(', ') || 'nothing';
      throw new SourceError('no_playable_track', `the camera offers ${offered}, none of which can be played`);
    }
    await client.setup(indexes);
    const media = indexes.map((index) => sdp.media[index]!);
    this.#ingest = new RtspToStream(media, this.#options);
    this.#ingest.begin(await client.play());
  }

  #watch(lose: (error: SourceError) => void): void {
    const ingest = this.#ingest;
    if (!ingest) return;
    const silent = this.#options.clock.monotonic() - ingest.lastFrame;
    if (silent < NO_MEDIA_AFTER) return;
    const missing = ingest.unknownTracks.length > 0 ? ': no parameter sets came' : '';
    const seconds = Math.round(silent / 1000);
    lose(new SourceError('no_media', `no picture for ${seconds} s although connected${missing}`));
  }

  /** Some cameras end a session whose receiver never reports (quirk 8). */
  #report(client: RtspClient): void {
    this.#ingest?.receiverReports((trackIndex, packet) => client.send(trackIndex, 'rtcp', packet));
  }
}

function sourceError(error: unknown): unknown {
  if (error instanceof SourceError) return error;
  if (error instanceof RtspError) return new SourceError(error.code, error.message);
  if (error instanceof TargetDeniedError) return new SourceError('target_denied', error.message);
  return error;
}
