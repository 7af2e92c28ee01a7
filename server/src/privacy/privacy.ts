import { randomBytes } from 'node:crypto';
import type { StreamFault } from '@nightjar/contract';
import { CreateStream } from '@nightjar/contract/manager';
import { parseSourceUrl, RTSP_PROTOCOLS } from '@nightjar/contract/outbound';
import { type Clock, createSerial, DomainError, invalid, streamNotFound } from '../kernel/index.ts';
import type { Streams, StreamView } from '../streams/index.ts';
import { outputPath, pathOf } from './naming.ts';
import type { Outputs } from './outputs.ts';

/** How a stream is to be covered and where it is to be played. */
export interface Wish {
  url: string;
  maxFps: number;
  downscale: number;
  /** Path of this server's RTSP listener; undefined follows the rule of names. */
  path: string | undefined;
  /** Address of another server to which it is published. */
  outside?: string | undefined;
}

/** A stream whose privacy is on, and the path by which its covered pictures are played. */
export interface Blurred {
  view: StreamView;
  path: string;
  /** The address at another server to which it is published; secrets of it are hidden. */
  outside: string | undefined;
}

interface Options {
  streams: Pick<
    Streams,
    'list' | 'get' | 'create' | 'update' | 'remove' | 'command' | 'errors' | 'sourceOf' | 'placeAt'
  >;
  /** The engine has let go of a removed stream, and of its files. */
  gone: (id: string) => Promise<boolean>;
  outputs: Pick<Outputs, 'check' | 'usual' | 'place' | 'of'>;
  clock: Pick<Clock, 'utc' | 'monotonic' | 'after'>;
}

/** Milliseconds a stream has to be live, and one that was removed to be gone. */
const READY_MS = 10_000;
const GONE_MS = 5_000;
const LOOK_MS = 50;
const DEFAULTS = { maxFps: 15, downscale: 1, path: undefined };
/** Why a camera counts as not reached; whatever else takes too long. */
const UNREACHED: ReadonlySet<StreamFault> = new Set([
  'unreachable',
  'refused',
  'auth_failed',
  'not_found',
  'not_rtsp',
  'protocol_error',
  'closed_by_camera',
  'no_playable_track',
  'target_denied',
  'tls_changed',
]);

/** RTSP in, covered RTSP out: streams whose privacy is on, by their source. */
export class Privacy {
  readonly #options: Options;
  /** Finding and making are one step. */
  readonly #inTurn = createSerial();
  /** Streams that somebody waits for to be live for the first time. */
  readonly #coming = new Map<string, Promise<StreamView>>();

  constructor(options: Options) {
    this.#options = options;
  }

  async list(): Promise<StreamView[]> {
    return (await this.#options.streams.list()).filter(({ stream }) => stream.privacy.enabled);
  }

  /** Throws STREAM_NOT_FOUND, also for a stream whose privacy is off. */
  async get(id: string): Promise<Blurred> {
    const view = await this.#options.streams.get(id);
    if (!view.stream.privacy.enabled) throw streamNotFound(id);
    const outside = await this.#options.outputs.of(id);
    return { view, path: view.stream.rtspPath ?? id, outside: outside?.url };
  }

  /**
   * Starts a stream under an id that the caller names, with these settings. Throws INVALID_CONFIGURATION,
   * CAMERA_UNREACHABLE, TIMED_OUT.
   */
  async start(id: string, wish: Wish): Promise<Blurred> {
    const began = this.#now();
    await this.#inTurn(async () => {
      const existing = (await this.list()).find(({ stream }) => stream.id === id);
      if (!existing) return void (await this.#make(id, wish));
      const path = await this.#freePath(id, wish);
      const outside = await this.#outside(wish, path);
      await this.#options.streams.update(id, {
        source_url: wish.url,
        privacy: { max_fps: wish.maxFps, downscale: wish.downscale },
      });
      await this.#options.streams.placeAt(id, path);
      await this.#options.outputs.place(id, outside);
      if (existing.state !== 'live' || !existing.stream.running)
        await this.#options.streams.command(id, existing.stream.running ? 'restart' : 'start');
    });
    await this.#live(id, began);
    return this.get(id);
  }

  /** Throws STREAM_NOT_FOUND. */
  async stop(id: string): Promise<void> {
    await this.get(id);
    await this.#options.streams.command(id, 'stop');
    await this.#until(async () => (await this.#options.streams.get(id)).state === 'stopped', GONE_MS);
  }

  /** Throws STREAM_NOT_FOUND, CAMERA_UNREACHABLE, TIMED_OUT. */
  async restart(id: string): Promise<Blurred> {
    const { view } = await this.get(id);
    const began = this.#now();
    await this.#options.streams.command(id, view.stream.running ? 'restart' : 'start');
    await this.#live(id, began);
    return this.get(id);
  }

  /** The stream is gone with all that it had; one that is gone already is gone as well. */
  async disconnect(id: string): Promise<void> {
    try {
      await this.get(id);
      await this.#options.streams.remove(id);
      await this.#until(() => this.#options.gone(id), GONE_MS);
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'STREAM_NOT_FOUND') throw error;
    }
  }

  /**
   * The stream of an input, made when there is none: callers at the same time get the same one. Throws
   * INVALID_CONFIGURATION, CAMERA_UNREACHABLE, TIMED_OUT.
   */
  async byInput(url: string): Promise<Blurred & { made: boolean }> {
    const began = this.#now();
    const { id, made } = await this.#inTurn(async () => {
      const existing = await this.#find(url);
      if (existing) return { id: existing.stream.id, made: false };
      const fresh = await this.#make(`auto-${randomBytes(4).toString('hex')}`, { ...DEFAULTS, url });
      const coming = this.#firstLive(fresh, began).finally(() => this.#coming.delete(fresh));
      // Whoever asked for it hears of it below.
      coming.catch(() => undefined);
      this.#coming.set(fresh, coming);
      return { id: fresh, made: true };
    });
    await this.#coming.get(id);
    return { ...(await this.get(id)), made };
  }

  /** Ends what there is of an input and begins anew. Throws as `byInput`. */
  async register(url: string): Promise<Blurred> {
    checked(url);
    const existing = await this.#find(url);
    if (existing) await this.disconnect(existing.stream.id);
    return this.byInput(url);
  }

  async #find(url: string): Promise<StreamView | undefined> {
    const wanted = checked(url);
    return (await this.list()).find(({ stream }) => same(wanted, this.#options.streams.sourceOf(stream)));
  }

  async #make(id: string, wish: Wish): Promise<string> {
    const { url, maxFps, downscale } = wish;
    checked(url);
    const path = await this.#freePath(id, wish);
    const outside = await this.#outside(wish, path);
    const { streams, outputs } = this.#options;
    const privacy = { enabled: true, max_fps: maxFps, downscale };
    await streams.create(CreateStream.parse({ id, source_url: url, privacy }));
    await streams.placeAt(id, path);
    await outputs.place(id, outside);
    return id;
  }

  /** Where it is published, if anywhere. Throws INVALID_CONFIGURATION. */
  async #outside(wish: Wish, path: string): Promise<string | undefined> {
    const { outputs } = this.#options;
    const url = wish.outside ?? (wish.path === undefined ? outputs.usual(path) : undefined);
    if (url !== undefined) await outputs.check(url);
    return url;
  }

  /** Two inputs with the same name: the second has the stream's id in front. Throws INVALID_CONFIGURATION. */
  async #freePath(id: string, { url, path }: Wish): Promise<string> {
    const wanted = path ?? outputPath(url);
    if (wanted === undefined) throw invalid('rtsp_url', 'it has no path to name the output after');
    const others = (await this.#options.streams.list()).filter(({ stream }) => stream.id !== id);
    const taken = others.some(({ stream }) => stream.rtspPath === wanted || stream.id === wanted);
    if (!taken) return wanted;
    if (path !== undefined) throw invalid('output_url', 'another stream is played there');
    return `${id}/${wanted}`;
  }

  /** A stream that was made for this call and whose camera is not there leaves nothing behind. */
  async #firstLive(id: string, began: string): Promise<StreamView> {
    try {
      return await this.#live(id, began);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'CAMERA_UNREACHABLE') await this.disconnect(id);
      throw error;
    }
  }

  async #live(id: string, began: string): Promise<StreamView> {
    const { streams, outputs } = this.#options;
    let fault: string | undefined;
    const settled = async (): Promise<boolean> => {
      if ((await streams.get(id)).state === 'live') {
        const sent = await outputs.of(id);
        if (!sent || sent.live) return true;
        if (sent.trouble && sent.trouble.since >= began) fault = `output_url: ${sent.trouble.message}`;
        return fault !== undefined;
      }
      const lost = (await streams.errors(id)).find(
        (entry) => entry.at >= began && UNREACHED.has(entry.fault),
      );
      fault = lost?.message;
      return fault !== undefined;
    };
    const inTime = await this.#until(settled, READY_MS);
    if (fault !== undefined) throw new DomainError('CAMERA_UNREACHABLE', fault, { stream_id: id });
    if (inTime) return streams.get(id);
    throw new DomainError('TIMED_OUT', undefined, { stream_id: id, waited_seconds: READY_MS / 1000 });
  }

  /** Looks again and again; false when it never held in so many milliseconds. */
  async #until(holds: () => Promise<boolean>, ms: number): Promise<boolean> {
    const { clock } = this.#options;
    const end = clock.monotonic() + ms;
    while (!(await holds())) {
      if (clock.monotonic() >= end) return false;
      await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve));
    }
    return true;
  }

  #now(): string {
    return new Date(this.#options.clock.utc()).toISOString();
  }
}

/** Throws INVALID_CONFIGURATION for what is no RTSP address. */
function checked(url: string) {
  const parsed = parseSourceUrl(url, RTSP_PROTOCOLS);
  if (!parsed.ok) throw invalid('rtsp_url', parsed.message);
  if (pathOf(parsed.source.url) === undefined) throw invalid('rtsp_url', 'it has no plain path');
  return parsed.source;
}

/** One camera, one path, one account. */
function same(
  a: { url: string; username?: string | undefined; password?: string | undefined },
  b: { url: string; username?: string | undefined; password?: string | undefined },
): boolean {
  return a.url === b.url && a.username === b.username && a.password === b.password;
}
