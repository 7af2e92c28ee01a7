import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DesiredSource, linkBearer, type ProxyRefusal, ProxyRequest } from '@nightjar/contract/link';
import type { Clock, SlabPool } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import {
  fpsOf,
  type PictureHubs,
  PictureOptionsError,
  pictureOptions,
  serveMjpeg,
  TooManyRowsError,
} from '../mjpeg/index.ts';
import { SourceError, type StartSource } from '../sources/index.ts';
import { VisionError } from '../vision/index.ts';
import { ProxiedCamera } from './proxied-camera.ts';

export interface ProxyOptions {
  /** Shared with the server, who alone may ask. */
  readonly key: Buffer;
  readonly sources: ReadonlyMap<string, StartSource>;
  readonly hubs: PictureHubs;
  readonly pool: SlabPool;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
}

const MAX_BODY = 8 * 1024;
/** Milliseconds for a camera to answer and to send a key frame. */
const PATIENCE = 15_000;
/** Cameras at once. */
const MAX_CAMERAS = 64;

/** What the server is told instead of pictures. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Pictures of cameras that are no streams: pulled while somebody watches, shared by all who ask for the same
 * address with the same credentials. Credentials are in this process' memory alone, and only that long.
 */
export class StreamProxy {
  readonly #options: ProxyOptions;
  /** By a hash of address and credentials. */
  readonly #cameras = new Map<string, ProxiedCamera>();

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  /** Cameras that are being pulled. */
  get cameras(): number {
    return this.#cameras.size;
  }

  /** Answers the server's request; never throws. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      this.#admit(request);
      await this.#pictures(await bodyOf(request), response);
    } catch (error) {
      this.#refuse(response, error);
    }
  }

  close(): void {
    for (const camera of this.#cameras.values()) camera.close();
  }

  #admit({ method, headers }: IncomingMessage): void {
    if (method !== 'POST') throw new Refusal(405, 'only POST');
    const given = Buffer.from(headers.authorization ?? '');
    const wanted = Buffer.from(linkBearer(this.#options.key));
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
      throw new Refusal(401, 'only the server may ask');
  }

  async #pictures({ source, query }: ProxyRequest, response: ServerResponse): Promise<void> {
    const { hubs, clock } = this.#options;
    const asked = new URLSearchParams(query);
    const wish = { ...pictureOptions(asked), fps: fpsOf(asked) };
    if (response.destroyed) return;
    const { camera, key } = this.#cameraOf(source);
    const leave = camera.watch();
    response.once('close', leave);
    const count = { bytes: 0, dropped: 0, close: () => response.destroy() };
    const hub = hubs.of(`proxy ${key}`, camera.media);
    try {
      await serveMjpeg({
        hub,
        wish,
        response,
        clock,
        viewer: count,
        signal: camera.lost,
        patience: PATIENCE,
      });
      camera.lost.addEventListener('abort', () => response.destroy(), { once: true });
    } catch (error) {
      leave();
      throw error;
    }
  }

  #cameraOf(source: DesiredSource): { camera: ProxiedCamera; key: string } {
    const { url, username, password } = source;
    const key = createHash('sha256')
      .update(JSON.stringify([url, username, password]))
      .digest('hex')
      .slice(0, 32);
    const existing = this.#cameras.get(key);
    if (existing) return { camera: existing, key };
    if (this.#cameras.size >= MAX_CAMERAS)
      throw new Refusal(503, `${MAX_CAMERAS} cameras are proxied already`);
    const camera = new ProxiedCamera({
      ...this.#options,
      source,
      onOver: () => {
        if (this.#cameras.get(key) === camera) this.#cameras.delete(key);
      },
    });
    this.#cameras.set(key, camera);
    return { camera, key };
  }

  #refuse(response: ServerResponse, error: unknown): void {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const refusal = refusalOf(error);
    if (!refusal) this.#options.log.error('the proxy failed', { error });
    const { status, ...rest } = refusal ?? { status: 500, message: 'internal error' };
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify({ status, ...rest } satisfies ProxyRefusal));
  }
}

function refusalOf(error: unknown): ProxyRefusal | undefined {
  if (error instanceof SourceError) return { status: 502, message: error.message, fault: error.fault };
  if (error instanceof Refusal) return { status: error.status, message: error.message };
  if (error instanceof PictureOptionsError) return { status: 400, message: error.message };
  if (error instanceof VisionError || error instanceof TooManyRowsError)
    return { status: 503, message: error.message };
  return undefined;
}

/** Throws Refusal. */
async function bodyOf(request: IncomingMessage): Promise<ProxyRequest> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_BODY) throw new Refusal(413, 'the request is too large');
  }
  try {
    return ProxyRequest.parse(JSON.parse(text));
  } catch {
    throw new Refusal(400, 'the request is not understood');
  }
}
