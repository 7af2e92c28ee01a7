import type { IncomingMessage } from 'node:http';
import { FlvReader } from '@nightjar/media/flv';
import { MjpegToStream } from '@nightjar/media/mjpeg';
import { FlvToStream } from '@nightjar/media/rtmp';
import { type CameraSockets, openCameraHttp } from '../outbound/index.ts';
import { type MakePull, type Pull, pullSource } from './pull.ts';
import { type SourceCounters, SourceError, type SourceOptions, type StartSource } from './source.ts';
import { Trust } from './trust.ts';

/** Milliseconds until the answer begins. */
const ANSWER = 10_000;
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
];

/** Pulls what cameras and servers send over HTTP without an end: FLV, and JPEG pictures. */
export function httpSource(sockets: CameraSockets): StartSource {
  const trusted = new WeakMap<SourceOptions['stream'], Trust>();
  return pullSource((options, lose) => {
    const trust = trusted.get(options.stream) ?? new Trust();
    trusted.set(options.stream, trust);
    return new HttpPull(options, lose, { sockets, trust });
  });
}

class HttpPull implements Pull {
  readonly #options: SourceOptions;
  readonly #lose: Parameters<MakePull>[1];
  readonly #around: { sockets: CameraSockets; trust: Trust };
  readonly #gone = new AbortController();
  readonly #begun: number;
  #answer: IncomingMessage | undefined;
  #body: Body | undefined;

  constructor(
    options: SourceOptions,
    lose: Parameters<MakePull>[1],
    around: { sockets: CameraSockets; trust: Trust },
  ) {
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
    const { source, clock, onCertificate } = this.#options;
    const { sockets, trust } = this.#around;
    const { username, password } = source;
    const tooLate = new SourceError('timeout', `no answer within ${ANSWER / 1000} s`);
    const cancel = clock.after(ANSWER, () => this.#gone.abort(tooLate));
    try {
      const answer = await openCameraHttp({
        sockets,
        url: source.url,
        credentials: username === undefined ? undefined : { username, password: password ?? '' },
        signal: this.#gone.signal,
        trust: (socket) => trust.check(socket, source.tls_pin, (seen) => onCertificate?.(seen)),
      });
      this.#take(answer);
    } catch (error) {
      throw this.#gone.signal.aborted ? tooLate : error;
    } finally {
      cancel();
    }
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
