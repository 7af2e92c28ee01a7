import type { DesiredPrivacy, Fact } from '@nightjar/contract/link';
import type { MediaStream } from '@nightjar/media/stream';
import {
  type SourceCounters,
  SourceError,
  type SourceOptions,
  type SourceRun,
  type StartSource,
} from '../sources/index.ts';
import { type Vision, VisionError, type Wish } from '../vision/index.ts';
import { MaskedSound, type MaskedSoundOptions } from './masked-sound.ts';
import { RenditionWriter } from './rendition-writer.ts';

/** Whoever covers pictures, and masks sound. */
export type CoverPictures = Pick<Vision, 'blur' | 'sound'>;

/** The stream that is covered. */
export interface Original {
  readonly media: MediaStream;
  /** Resolves when it has done what it was told last. */
  settled(): Promise<void>;
  /** It is wanted until the returned function is called. */
  hold(): () => void;
  /** Calls back with its present state and each that follows. Returns its end. */
  follow(each: (state: Extract<Fact, { kind: 'stream.state' }>) => void): () => void;
}

export interface RenditionOptions {
  /** Id of the stream. */
  readonly subject: string;
  readonly original: Original;
  /** Undefined: nothing can cover pictures here, so that there are none. */
  readonly cover: CoverPictures | undefined;
  readonly options: () => DesiredPrivacy | undefined;
}

/** Milliseconds without a covered picture, while the original flows, after which the rendition counts as lost. */
const NO_PICTURE_AFTER = 12_000;
const WATCH_INTERVAL = 1_000;

/** The source of a stream whose privacy is on: what the pixel process makes of the original, and nothing else. */
export function renditionSource(about: RenditionOptions): StartSource {
  return (options) => new RenditionRun(about, options);
}

class RenditionRun implements SourceRun {
  readonly #about: RenditionOptions;
  readonly #options: SourceOptions;
  readonly #lost = Promise.withResolvers<never>();
  readonly #writer: RenditionWriter;
  #wish: Wish | undefined;
  /** Monotonic milliseconds of the last covered picture, or since when one is waited for. */
  #last: number | undefined;

  constructor(about: RenditionOptions, options: SourceOptions) {
    this.#about = about;
    this.#options = options;
    // It may be lost before anybody waits for it.
    this.#lost.promise.catch(() => undefined);
    this.#writer = new RenditionWriter({
      ...options,
      original: about.original.media,
      // Where nobody can say what is wanted nothing is heard.
      audio: about.options()?.audio ?? 'mute',
      mask: (give) => this.#mask(give),
    });
  }

  get counters(): SourceCounters {
    return this.#writer.counters;
  }

  async run(): Promise<never> {
    const { signal, clock } = this.#options;
    const { original } = this.#about;
    const aborted = (): void => this.#lost.reject(signal.reason);
    signal.addEventListener('abort', aborted);
    const release = original.hold();
    const ends = [release];
    try {
      signal.throwIfAborted();
      await original.settled();
      signal.throwIfAborted();
      // The state it is in is no news: who would heed an old loss would never get further.
      let news = false;
      const heed = original.follow(({ state, fault, message }) => {
        if (news || state === 'live' || state === 'failed') this.#heed(state, fault, message);
      });
      news = true;
      ends.push(heed);
      ends.push(clock.every(WATCH_INTERVAL, () => this.#watch()));
      return await this.#lost.promise;
    } finally {
      signal.removeEventListener('abort', aborted);
      for (const end of ends) end();
      this.#wish?.close();
      this.#writer.close();
    }
  }

  #mask(give: MaskedSoundOptions['give']): Pick<MaskedSound, 'close'> {
    const { subject, original, cover } = this.#about;
    if (!cover) return { close: () => undefined };
    const sound: Vision['sound'] = (asked) => cover.sound(asked);
    return new MaskedSound({ subject, media: original.media, sound, clock: this.#options.clock, give });
  }

  #heed(
    state: Extract<Fact, { kind: 'stream.state' }>['state'],
    fault: SourceError['fault'] | undefined,
    message = 'the camera is lost',
  ): void {
    if (state === 'live') this.#begin();
    else if (fault) this.#lose(new SourceError(fault, message, state === 'failed' ? 'never' : 'at once'));
  }

  #begin(): void {
    const { subject, original, cover, options } = this.#about;
    const wanted = options();
    if (this.#wish) return;
    if (!cover || !wanted) {
      this.#lose(new SourceError('internal', 'nothing here can cover pictures'));
      return;
    }
    const { detector, ...how } = wanted;
    this.#last = this.#options.clock.monotonic();
    try {
      this.#wish = cover.blur({
        subject,
        media: original.media,
        options: how,
        detector,
        onBegin: () => this.#writer.begin(),
        onCoded: (picture) => {
          this.#last = this.#options.clock.monotonic();
          this.#writer.picture(picture);
        },
        onFailed: (error) => this.#lose(new SourceError('no_media', words(error))),
      });
    } catch (error) {
      if (!(error instanceof VisionError)) throw error;
      this.#lose(new SourceError('no_media', words(error)));
    }
  }

  #watch(): void {
    if (this.#last === undefined) return;
    const silent = this.#options.clock.monotonic() - this.#last;
    if (silent < NO_PICTURE_AFTER) return;
    this.#lose(new SourceError('no_media', `no covered picture for ${Math.round(silent / 1000)} s`));
  }

  #lose(error: SourceError): void {
    this.#lost.reject(error);
  }
}

const words = ({ message }: VisionError): string => `the pictures cannot be covered: ${message}`;
