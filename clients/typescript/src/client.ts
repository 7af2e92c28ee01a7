import { type ClientOptions, Connection, NightjarError, pause } from './connection.ts';
import { type ConsumeDevice, Watching } from './consume.ts';
import type {
  BookmarkCreate,
  BookmarkUpdate,
  PartnerBookmark,
  PartnerBookmarkQuery,
  PartnerSnapshot,
  PartnerSnapshotQuery,
  PartnerStream,
  PartnerStreamCreate,
  PartnerStreamHealth,
  PartnerStreamQuery,
  PartnerWebhook,
  SnapshotCreate,
  WebhookCreate,
  WebhookCreated,
  WebhookDelivery,
  WebhookDeliveryQuery,
  WebhookTested,
  WebhookUpdate,
} from './shapes.ts';

/** How a stream is watched by HLS. */
export interface Hls {
  url: string;
  headers: Record<string, string>;
  /** The playlist or a segment. Rejects with NightjarError, and what `fetch` rejects with. */
  fetch: (address: string, signal?: AbortSignal) => Promise<Response>;
}

const PAGE = 100;
const LOOK_MS = 250;

/** Nightjar's partners' API: one API client at one server. */
export class NightjarClient {
  readonly #connection: Connection;

  constructor(options: ClientOptions) {
    this.#connection = new Connection(options);
  }

  /** Streams that fit. */
  streams(filters: PartnerStreamQuery = {}): AsyncGenerator<PartnerStream> {
    return this.#pages('/v2/streams', 'streams', filters);
  }

  stream(id: string): Promise<PartnerStream> {
    return this.#connection.json(`/v2/streams/${encodeURIComponent(id)}`);
  }

  createStream(stream: PartnerStreamCreate): Promise<PartnerStream> {
    return this.#connection.json('/v2/streams', { method: 'POST', body: stream });
  }

  deleteStream(id: string): Promise<void> {
    return this.#connection.json(`/v2/streams/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  health(id: string): Promise<PartnerStreamHealth> {
    return this.#connection.json(`/v2/streams/${encodeURIComponent(id)}/health`);
  }

  /**
   * Watches a stream by WebRTC: media comes in `stream` of what is answered, and again whenever the connection
   * breaks, until it is closed. `device` makes a `Device` of mediasoup-client, which has loaded nothing yet.
   */
  consume(id: string, options: { device: () => ConsumeDevice }): Promise<Watching> {
    return Watching.begin(this.#connection, id, options.device);
  }

  /**
   * Address of the live HLS playlist, and what its requests need: `headers` for players that take them once, which
   * count for an hour; `fetch` for those that fetch by it, which renews tokens and tries again what may mend.
   */
  async hls(id: string): Promise<Hls> {
    const url = this.#connection.url(`/v2/streams/${encodeURIComponent(id)}/hls/playlist.m3u8`);
    return {
      url,
      headers: { authorization: `Bearer ${await this.#connection.token()}` },
      fetch: (address, signal) => this.#connection.open(address, signal ? { signal } : {}),
    };
  }

  /** Made once, however often it must be sent. */
  createBookmark(streamId: string, bookmark: BookmarkCreate): Promise<PartnerBookmark> {
    const path = `/v2/streams/${encodeURIComponent(streamId)}/bookmarks`;
    return this.#connection.json(path, this.#once(bookmark));
  }

  bookmarks(streamId: string, filters: PartnerBookmarkQuery = {}): AsyncGenerator<PartnerBookmark> {
    return this.#pages(`/v2/streams/${encodeURIComponent(streamId)}/bookmarks`, 'bookmarks', filters);
  }

  bookmark(id: string): Promise<PartnerBookmark> {
    return this.#connection.json(`/v2/bookmarks/${encodeURIComponent(id)}`);
  }

  updateBookmark(id: string, about: BookmarkUpdate): Promise<PartnerBookmark> {
    return this.#connection.json(`/v2/bookmarks/${encodeURIComponent(id)}`, { method: 'PUT', body: about });
  }

  deleteBookmark(id: string): Promise<void> {
    return this.#connection.json(`/v2/bookmarks/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  /** Made once, however often it must be sent. */
  createSnapshot(streamId: string, snapshot: SnapshotCreate): Promise<PartnerSnapshot> {
    const path = `/v2/streams/${encodeURIComponent(streamId)}/snapshots`;
    return this.#connection.json(path, this.#once(snapshot));
  }

  snapshots(streamId: string, filters: PartnerSnapshotQuery = {}): AsyncGenerator<PartnerSnapshot> {
    return this.#pages(`/v2/streams/${encodeURIComponent(streamId)}/snapshots`, 'snapshots', filters);
  }

  snapshot(id: string): Promise<PartnerSnapshot> {
    return this.#connection.json(`/v2/snapshots/${encodeURIComponent(id)}`);
  }

  deleteSnapshot(id: string): Promise<void> {
    return this.#connection.json(`/v2/snapshots/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  /** The bookmark or snapshot once it is ready. Rejects with NightjarError when nothing comes of it, and on abort. */
  async ready<T extends PartnerBookmark | PartnerSnapshot>(
    thing: T,
    signal: AbortSignal = AbortSignal.timeout(60_000),
  ): Promise<T> {
    const room = 'video_url' in thing ? 'bookmarks' : 'snapshots';
    let now: T = thing;
    while (now.status === 'pending' || now.status === 'processing') {
      signal.throwIfAborted();
      await pause(LOOK_MS, signal);
      now = await this.#connection.json<T>(`/v2/${room}/${encodeURIComponent(thing.id)}`);
    }
    if (now.status === 'failed') throw new NightjarError(404, now.error);
    return now;
  }

  /** What lies at a `video_url`, `thumbnail_url` or `image_url`; `headers` may ask for a range. */
  download(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#connection.open(path, { headers });
  }

  /** The secret that comes with it is shown this once. */
  createWebhook(webhook: WebhookCreate): Promise<WebhookCreated> {
    return this.#connection.json('/v2/webhooks', { method: 'POST', body: webhook });
  }

  webhooks(): AsyncGenerator<PartnerWebhook> {
    return this.#pages('/v2/webhooks', 'webhooks', {});
  }

  updateWebhook(id: string, about: WebhookUpdate): Promise<PartnerWebhook> {
    return this.#connection.json(webhookPath(id), { method: 'PUT', body: about });
  }

  deleteWebhook(id: string): Promise<void> {
    return this.#connection.json(webhookPath(id), { method: 'DELETE' });
  }

  /** The old secret signs nothing more. */
  rotateWebhook(id: string): Promise<WebhookCreated> {
    return this.#connection.json(`${webhookPath(id)}/rotate`, { method: 'POST' });
  }

  /** Calls it now. */
  testWebhook(id: string): Promise<WebhookTested> {
    return this.#connection.json(`${webhookPath(id)}/test`, { method: 'POST' });
  }

  /** What was sent to it, the newest first. */
  deliveries(id: string, filters: WebhookDeliveryQuery = {}): AsyncGenerator<WebhookDelivery> {
    return this.#pages(`${webhookPath(id)}/deliveries`, 'deliveries', filters);
  }

  /** Sends it again, whatever became of it. */
  replay(id: string, deliveryId: string): Promise<WebhookDelivery> {
    const path = `${webhookPath(id)}/deliveries/${encodeURIComponent(deliveryId)}/replay`;
    return this.#connection.json(path, { method: 'POST' });
  }

  #once(body: object) {
    return { method: 'POST', body, idempotencyKey: crypto.randomUUID() };
  }

  async *#pages<T>(path: string, name: string, filters: object): AsyncGenerator<T> {
    for (let offset = 0; ; ) {
      const query = new URLSearchParams({ limit: String(PAGE), offset: String(offset) });
      for (const [key, value] of Object.entries(filters))
        if (value !== undefined) query.set(key, String(value));
      const page = await this.#connection.json<{ total: number } & Record<string, T[]>>(`${path}?${query}`);
      const items = page[name] ?? [];
      yield* items;
      offset += items.length;
      if (items.length === 0 || offset >= page.total) return;
    }
  }
}

const webhookPath = (id: string): string => `/v2/webhooks/${encodeURIComponent(id)}`;
