import { MalformedError } from '../../bytes/index.ts';
import type { Playout, PlayoutLane } from '../../intake/index.ts';
import type { Clock } from '../../stream/index.ts';
import type { ByteRange } from '../playlist.ts';
import { type PulledMap, type PulledMedia, type PulledSegment, readPlaylist } from './read-playlist.ts';
import { checkReadable, decrypted, ivOfSequence, type PulledKey } from './segment-key.ts';
import type { ReadMap, SegmentReader } from './segment-units.ts';

/** What was fetched, and from where after redirects. */
export interface Fetched {
  readonly url: string;
  readonly body: Buffer;
}

/** Fetches one address; rejects where there is nothing. */
export type HlsFetch = (url: string, range?: ByteRange) => Promise<Fetched>;

/** The source has ended: what it listed was played. */
export class PlaylistEndedError extends Error {
  override readonly name = 'PlaylistEndedError';
}

export interface PlaylistPullOptions {
  readonly fetch: HlsFetch;
  readonly clock: Clock;
  readonly playout: Playout;
  readonly segments: SegmentReader;
  readonly signal: AbortSignal;
}

/** Bytes that a playlist names: a segment, or what comes before it. */
interface PulledResource {
  readonly uri: string;
  readonly byteRange?: ByteRange | undefined;
  readonly key: PulledKey | undefined;
}

/** Seconds of media that wait before the next segment is fetched. */
const AHEAD = 2;
/** Target durations from the end at which playing begins (RFC 8216 6.3.3). */
const FROM_END = 3;
const POLL_MS = 250;

/** Pulls one media playlist: segment after segment from near its end, as far ahead as is needed. */
export class PlaylistPull {
  readonly #options: PlaylistPullOptions;
  readonly #lane: PlayoutLane;
  #url: string;
  #next: number | undefined;
  #map: { readonly key: string; readonly read: ReadMap } | undefined;
  #key: { readonly url: string; readonly bytes: Buffer } | undefined;
  /** Discontinuities of our own making: the playlist began anew, or ran away. */
  #breaks = 0;

  constructor(url: string, options: PlaylistPullOptions) {
    this.#url = url;
    this.#options = options;
    this.#lane = options.playout.lane();
  }

  /** Rejects when the source is lost, malformed or over, and with the signal's reason. */
  async run(first?: Fetched): Promise<never> {
    let fetched = first;
    for (;;) {
      const { body, url } = fetched ?? (await this.#options.fetch(this.#url));
      fetched = undefined;
      this.#url = url;
      const playlist = readPlaylist(body.toString('utf8'));
      if (playlist.kind !== 'media') throw new MalformedError('a playlist of playlists within one', 0);
      const came = await this.#take(playlist);
      if (playlist.ended) await this.#ended();
      // Not before there can be something new; sooner where there should have been (RFC 8216 6.3.4).
      await this.#wait(playlist.targetDuration * (came ? 1000 : 500));
    }
  }

  async #take(playlist: PulledMedia): Promise<boolean> {
    const segments = this.#due(playlist);
    for (const segment of segments) {
      while (this.#lane.seconds > AHEAD) await this.#wait(POLL_MS);
      this.#next = segment.sequence + 1;
      if (!segment.gap) await this.#segment(segment);
    }
    return segments.length > 0;
  }

  #due({ segments, targetDuration, ended }: PulledMedia): readonly PulledSegment[] {
    const [first, last] = [segments[0], segments.at(-1)];
    if (!first || !last) return [];
    const gone = this.#next !== undefined && this.#next < first.sequence;
    const anew = this.#next !== undefined && this.#next > last.sequence + 1;
    if (gone || anew) {
      this.#breaks++;
      this.#next = undefined;
    }
    if (this.#next === undefined) {
      this.#next = ended ? first.sequence : startOf(segments, targetDuration);
    }
    const from = this.#next;
    return segments.filter(({ sequence }) => sequence >= from);
  }

  async #segment(segment: PulledSegment): Promise<void> {
    const { segments, playout } = this.#options;
    const map = segment.map && (await this.#mapOf(segment.map, segment.sequence));
    const body = await this.#read(segment, segment.sequence);
    const units = await segments.read(body, map);
    this.#options.signal.throwIfAborted();
    playout.add(this.#lane, units, segment.discontinuity + this.#breaks);
  }

  async #mapOf(map: PulledMap, sequence: number): Promise<ReadMap> {
    const key = `${this.#absolute(map.uri)} ${map.byteRange?.offset} ${map.byteRange?.length}`;
    if (this.#map?.key === key) return this.#map.read;
    const read = await this.#options.segments.map(await this.#read(map, sequence));
    this.#map = { key, read };
    return read;
  }

  /** One resource, in clear. */
  async #read({ uri, byteRange, key }: PulledResource, sequence: number): Promise<Buffer> {
    if (key) checkReadable(key);
    const { body } = await this.#options.fetch(this.#absolute(uri), byteRange);
    return key ? decrypted(body, await this.#keyOf(key), key.iv ?? ivOfSequence(sequence)) : body;
  }

  /** Keys stay for many segments; the last one is kept. */
  async #keyOf({ uri }: PulledKey): Promise<Buffer> {
    const url = this.#absolute(uri);
    if (this.#key?.url !== url) this.#key = { url, bytes: (await this.#options.fetch(url)).body };
    return this.#key.bytes;
  }

  #absolute(uri: string): string {
    const url = URL.parse(uri, this.#url);
    if (!url || !/^https?:$/.test(url.protocol))
      throw new MalformedError('a playlist with an address that is none', 0);
    return url.href;
  }

  async #ended(): Promise<never> {
    while (this.#lane.waiting.length > 0) await this.#wait(POLL_MS);
    throw new PlaylistEndedError('the playlist has ended');
  }

  #wait(ms: number): Promise<void> {
    const { clock, signal } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const aborted = (): void => reject(signal.reason);
    const cancel = clock.after(ms, resolve);
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
    return promise.finally(() => {
      cancel();
      signal.removeEventListener('abort', aborted);
    });
  }
}

/** The last segment that begins far enough from the end, else the first. */
function startOf(segments: readonly PulledSegment[], target: number): number {
  let left = 0;
  for (const { duration, sequence } of segments.toReversed()) {
    left += duration;
    if (left >= FROM_END * target) return sequence;
  }
  return segments[0]!.sequence;
}
