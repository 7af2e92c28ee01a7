import { randomBytes } from 'node:crypto';
import type { PublishedTrack } from '@nightjar/media/webrtc';
import type { Log } from '../../kernel/index.ts';
import type { Publishers, PublishRefusal } from '../../sources/index.ts';
import type { EngineStream } from '../../streams/index.ts';
import type { FromWorker } from '../messages.ts';
import type { PeerWorker } from '../peer-worker.ts';
import { PeerRefusal, refusalOf } from '../refusal.ts';
import { WhipFeed, type WhipFeedOptions } from './whip-feed.ts';

export interface PublicationsOptions {
  readonly publishers: Publishers;
  readonly clock: WhipFeedOptions['clock'];
  readonly log: Pick<Log, 'info'>;
}

export interface PublishRequest {
  readonly streamId: string;
  readonly stream: Pick<EngineStream, 'media'>;
  /** The publish key that was shown. */
  readonly key: string;
  readonly offer: string;
  /** The publisher is on this machine. */
  readonly local: boolean;
}

interface Publication {
  readonly id: string;
  readonly streamId: string;
  feed: WhipFeed | undefined;
}

const REFUSALS: Readonly<Record<PublishRefusal, PeerRefusal>> = {
  unknown_key: new PeerRefusal(
    403,
    'the stream takes no such key: it is wrong, was replaced, or the stream is stopped',
  ),
  taken: new PeerRefusal(409, 'the stream has a publisher already'),
};

/** Who publishes by WHIP through one worker. */
export class Publications {
  readonly #worker: Pick<PeerWorker, 'call' | 'post'>;
  readonly #options: PublicationsOptions;
  readonly #sessions = new Map<string, Publication>();

  constructor(worker: Pick<PeerWorker, 'call' | 'post'>, options: PublicationsOptions) {
    this.#worker = worker;
    this.#options = options;
  }

  get count(): number {
    return this.#sessions.size;
  }

  has(id: string): boolean {
    return this.#sessions.has(id);
  }

  /** Takes an offer of whoever has the stream's key. Throws PeerRefusal. */
  async open({
    streamId,
    stream,
    key,
    offer,
    local,
  }: PublishRequest): Promise<{ id: string; answer: string }> {
    const { publishers } = this.#options;
    if (publishers.streamOf(key) !== stream.media) throw REFUSALS.unknown_key;
    const publication: Publication = { id: randomBytes(16).toString('base64url'), streamId, feed: undefined };
    const { id } = publication;
    const { answer, tracks } = await this.#worker
      .call({ type: 'whip', session: id, offer, local })
      .catch((error: unknown) => {
        throw refusalOf(error);
      });
    this.#sessions.set(id, publication);
    const refusal = await this.#admit(publication, key, tracks);
    if (refusal) {
      this.#close(id);
      throw REFUSALS[refusal];
    }
    return { id, answer };
  }

  /** Ends a session that its publisher leaves; false when the stream has none of this name. */
  leave(streamId: string, id: string): boolean {
    const publication = this.find(streamId, id);
    if (!publication) return false;
    publication.feed?.gone('the publisher left');
    this.#close(id);
    return true;
  }

  find(streamId: string, id: string): Publication | undefined {
    const publication = this.#sessions.get(id);
    return publication?.streamId === streamId ? publication : undefined;
  }

  news(news: Extract<FromWorker, { type: 'media' | 'publisher_connected' | 'publisher_ended' }>): void {
    const publication = this.#sessions.get(news.session);
    if (!publication) return;
    if (news.type === 'media') publication.feed?.media(news.bytes);
    else if (news.type === 'publisher_ended') {
      this.#sessions.delete(news.session);
      publication.feed?.gone(news.detail);
    } else this.#options.log.info('a WebRTC publisher is connected', { stream_id: publication.streamId });
  }

  /** The worker is gone: so is everybody. */
  lost(): void {
    for (const { feed } of this.#sessions.values()) feed?.gone('the media worker ended');
    this.#sessions.clear();
  }

  async #admit(
    publication: Publication,
    key: string,
    tracks: readonly PublishedTrack[],
  ): Promise<PublishRefusal | undefined> {
    const { publishers, clock } = this.#options;
    const session = publication.id;
    const admission = await publishers.admit(key, (source) => {
      const feed = new WhipFeed({
        ...{ source, tracks, clock },
        refresh: () => this.#worker.post({ type: 'refresh', session }),
        onEnd: () => this.#close(session),
      });
      publication.feed = feed;
      return feed;
    });
    if (typeof admission === 'string') return admission;
    if (publication.feed) publication.feed.admission = admission;
    // It may have gone while it waited for its turn.
    if (!this.#sessions.has(session)) publication.feed?.gone('the publisher left');
    return undefined;
  }

  #close(id: string): void {
    if (this.#sessions.delete(id)) this.#worker.post({ type: 'end_publisher', session: id });
  }
}
