import type { IncomingMessage } from 'node:http';
import { FlvReader } from '@nightjar/media/flv';
import { TsToStream } from '@nightjar/media/intake';
import { MjpegToStream } from '@nightjar/media/mjpeg';
import { FlvToStream } from '@nightjar/media/rtmp';
import { type CameraAnswer, type CameraSockets, openCameraHttp } from '../outbound/index.ts';
import { HlsSession, isPlaylist } from './hls.ts';
import { type MakePull, type Pull, pullSource } from './pull.ts';
import { type SourceCounters, SourceError, type SourceOptions, type StartSource } from './source.ts';
import { Trust } from './trust.ts';

/** Milliseconds until the answer begins. */
const ANSWER = 10_000;
const MAX_HOSTS = 16;
const NOTHING: SourceCounters = { bytes: 0, packets: 0, lost: 0, dropped: 0 };

/** Takes the body of an answer. */
interface Body extends Pick<Pull, 'counters' | 'lastFrame' | 'trouble'> {
  /** Throws MalformedError. */
  read(chunk: Buffer): void;
  close(): void;
}

/** What cameras send over HTTP, by the type of the answer. */
const BODIES: readonly (readonly [RegExp, (options: SourceOptions, type: string) => Body])[] = [
  [/^multipart\/(?:x-mixed-replace|mixed)\b/i, (options) => new MjpegToStream(options)],
  [/^(?:video|application)\/(?:x-)?flv\b|^application\/octet-stream\b/i, flvBody],
  [/^video\/mp2t\b/i, (options) => new TsToStream(options)],
];

/** Pulls what cameras and servers send over HTTP: FLV, MPEG-TS and JPEG pictures without an end, and HLS. */
export function httpSource(sockets: CameraSockets): StartSource {
  const trusted = new WeakMap<SourceOptions['stream'], Trusts>();
  return pullSource((options, lose) => {
    const trusts = trusted.get(options.stream) ?? new Trusts();
    trusted.set(options.stream, trusts);
    return new HttpPull(options, lose, { sockets, trusts });
  });
}

/** What is remembered of certificates by host and port: segments may lie elsewhere than their playlist. */
class Trusts {
  readonly #byHost = new Map<string, Trust>();

  of(host: string): Trust {
    const trust = this.#byHost.get(host) ?? new Trust();
    // Only who names hosts without end could make it grow.
    if (this.#byHost.size < MAX_HOSTS) this.#byHost.set(host, trust);
    return trust;
  }
}

interface Surroundings {
  readonly sockets: CameraSockets;
  readonly trusts: Trusts;
}

class HttpPull implements Pull {
  readonly #options: SourceOptions;
  readonly #lose: Parameters<MakePull>[1];
  readonly #around: Surroundings;
  readonly #gone = new AbortController();
  readonly #begun: number;
  #answer: IncomingMessage | undefined;
  #body: Omit<Body, 'read'> | undefined;

  constructor(options: SourceOptions, lose: Parameters<MakePull>[1], around: Surroundings) {
    this.#options = options;
    this.#lose = lose;
    this.#around = around;
    this.#begun = options.clock.monotonic();
  }

  get counters(): SourceCounters {
    return this.#body?.counters ?? NOTHING;
  }

  get lastFrame(): number {
    return this.#body?.lastFrame ?? this.#begun;
  }

  get trouble(): string | undefined {
    return this.#body?.trouble;
  }

  async open(): Promise<void> {
    const { answer, url } = await this.#ask(this.#options.source.url);
    if (isPlaylist(answer, url)) await this.#play({ answer, url });
    else this.#take(answer);
  }

  async close(): Promise<void> {
    const answer = this.#answer;
    const closed =
      answer && !answer.closed ? new Promise((resolve) => answer.once('close', resolve)) : undefined;
    this.#gone.abort(new DOMException('the stream was stopped', 'AbortError'));
    answer?.destroy();
    await closed;
    this.#body?.close();
  }

  /** The answer to a GET, its body unread, or an error in words after {@link ANSWER}. */
  async #ask(url: string, range?: { offset: number; length: number }): Promise<CameraAnswer> {
    const { source, clock, onCertificate } = this.#options;
    const { sockets, trusts } = this.#around;
    const { username, password, tls_pin: pin } = source;
    const [{ host }, { host: home }] = [new URL(url), new URL(source.url)];
    const known = host === home;
    const tooLate = new SourceError('timeout', `no answer within ${ANSWER / 1000} s`);
    const late = new AbortController();
    const cancel = clock.after(ANSWER, () => late.abort(tooLate));
    try {
      return await openCameraHttp({
        sockets,
        url,
        range,
        credentials: known && username !== undefined ? { username, password: password ?? '' } : undefined,
        signal: AbortSignal.any([this.#gone.signal, late.signal]),
        // The pin is of the camera alone.
        trust: (socket) =>
          trusts.of(host).check(socket, known ? pin : undefined, (seen) => known && onCertificate?.(seen)),
      });
    } catch (error) {
      throw late.signal.aborted ? tooLate : error;
    } finally {
      cancel();
    }
  }

  async #play(first: CameraAnswer): Promise<void> {
    const session = new HlsSession(this.#options, {
      ask: (url, range) => this.#ask(url, range),
      lose: this.#lose,
    });
    this.#body = session;
    await session.open(first);
  }

  #take(answer: IncomingMessage): void {
    const type = answer.headers['content-type'] ?? '';
    const make = BODIES.find(([pattern]) => pattern.test(type))?.[1];
    if (!make) {
      answer.destroy();
      const what = type.replace(/[^\x20-\x7e]/g, '').slice(0, 80) || 'nothing it names';
      throw new SourceError('no_playable_track', `the camera sends ${what}, which is not read over HTTP`);
    }
    const body = make(this.#options, type);
    this.#answer = answer;
    this.#body = body;
    answer.on('error', (error) => this.#lose(error));
    answer.once('close', () =>
      this.#lose(new SourceError('closed_by_camera', 'the camera ended the answer')),
    );
    answer.on('data', (chunk: Buffer) => {
      try {
        body.read(chunk);
      } catch (error) {
        this.#lose(error);
        answer.destroy();
      }
    });
  }
}

/** FLV, as encoders and older cameras send it; the flags of its header mean nothing (quirk 59). */
function flvBody(options: SourceOptions): Body {
  const ingest = new FlvToStream(options);
  const reader = new FlvReader(ingest);
  return {
    get counters() {
      return ingest.counters;
    },
    get lastFrame() {
      return ingest.lastFrame;
    },
    get trouble() {
      return ingest.trouble;
    },
    read: (chunk) => reader.read(chunk),
    close: () => ingest.close(),
  };
}
