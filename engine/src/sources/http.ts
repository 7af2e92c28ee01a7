import type { IncomingMessage } from 'node:http';
import { type CameraAnswer, type CameraSockets, openCameraHttp } from '../outbound/index.ts';
import type { Containers } from '../vision/index.ts';
import { type Body, bodyOf } from './bodies.ts';
import { HlsSession, isPlaylist } from './hls.ts';
import { type MakePull, type Pull, pullSource } from './pull.ts';
import { type SourceCounters, SourceError, type SourceOptions, type StartSource } from './source.ts';
import { Trust } from './trust.ts';

/** Milliseconds until the answer begins. */
const ANSWER = 10_000;
const MAX_HOSTS = 16;
const NOTHING: SourceCounters = { bytes: 0, packets: 0, lost: 0, dropped: 0 };

/**
 * Pulls what cameras and servers send over HTTP: FLV, MPEG-TS and JPEG pictures without an end, HLS, and any other
 * container by FFmpeg.
 */
export function httpSource(sockets: CameraSockets, containers: Containers | undefined): StartSource {
  const trusted = new WeakMap<SourceOptions['stream'], Trusts>();
  return pullSource((options, lose) => {
    const trusts = trusted.get(options.stream) ?? new Trusts();
    trusted.set(options.stream, trusts);
    return new HttpPull(options, lose, { sockets, trusts, containers });
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
  readonly containers: Containers | undefined;
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
    const { containers } = this.#around;
    const body = bodyOf(type, { options: this.#options, containers, lose: this.#lose });
    if (!body) {
      answer.destroy();
      const what = type.replace(/[^\x20-\x7e]/g, '').slice(0, 80);
      throw new SourceError('no_playable_track', `the camera sends ${what}, which is not read over HTTP`);
    }
    this.#answer = answer;
    this.#body = body;
    answer.on('error', (error) => this.#lose(error));
    answer.once('close', () => void this.#ended(answer, body));
    answer.on('data', (chunk: Buffer) => {
      try {
        const room = body.read(chunk);
        if (!room) return;
        answer.pause();
        room.then(() => answer.resume(), this.#lose);
      } catch (error) {
        this.#lose(error);
        answer.destroy();
      }
    });
  }

  /** What came whole is played to its end. */
  async #ended(answer: IncomingMessage, body: Body): Promise<void> {
    try {
      if (answer.complete) await body.finish?.();
      throw new SourceError('closed_by_camera', 'the camera ended the answer');
    } catch (error) {
      this.#lose(error);
    }
  }
}
