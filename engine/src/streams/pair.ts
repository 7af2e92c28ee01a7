import type { DesiredStream, Fact, OriginalsKey } from '@nightjar/contract/link';
import { type CoverPictures, renditionSource } from '../privacy/index.ts';
import { EngineStream, type StreamSurroundings } from './engine-stream.ts';

/** Not in any stream id: nobody outside can name an original. */
const ORIGINAL = '~original';
const RENDITION = 'rendition:';

type StateFact = Extract<Fact, { kind: 'stream.state' }>;

/** One stream that the server desires: itself, and the original behind it where its privacy is on. */
export class StreamPair {
  /** What everybody is shown. */
  readonly shown: EngineStream;
  /** For those alone who may see it; undefined without privacy. */
  readonly original: EngineStream | undefined;
  #desired: DesiredStream;

  constructor(desired: DesiredStream, around: StreamSurroundings & { cover: CoverPictures | undefined }) {
    this.#desired = desired;
    if (!desired.privacy) {
      this.shown = new EngineStream(desired, around);
      return;
    }
    const { id } = desired;
    const follow = new OriginalState(id, around.fact, () => this.#desired.originals?.alone === true);
    const original = new EngineStream(originalOf(desired), {
      ...around,
      fact: (fact) => follow.take(fact),
      sealed: { streamId: id, key: () => this.#key() },
    });
    this.original = original;
    const source = renditionSource({
      subject: desired.id,
      cover: around.cover,
      options: () => this.shown.privacy,
      original: {
        media: original.media,
        settled: () => original.settled(),
        hold: () => original.demand.hold(),
        follow: (each) => follow.add(each),
      },
    });
    this.shown = new EngineStream(renditionOf(desired), {
      ...around,
      sources: new Map([[RENDITION, source]]),
    });
  }

  /** Whether it can become what is desired without everybody being sent away. */
  fits({ privacy }: DesiredStream): boolean {
    return (privacy !== undefined) === (this.original !== undefined);
  }

  /** Names of the files that are being written. */
  get writing(): ReadonlySet<string> {
    return new Set([...this.shown.writing, ...(this.original?.writing ?? [])]);
  }

  /** Tells again what the files that are being written hold. */
  retellFootage(): void {
    this.shown.retellFootage();
    this.original?.retellFootage();
  }

  /** Something happened: see `StreamRecording`. */
  keepFootage(seconds: number): void {
    this.shown.keepFootage(seconds);
    this.original?.keepFootage(seconds);
  }

  update(desired: DesiredStream): void {
    this.#desired = desired;
    this.original?.update(originalOf(desired));
    this.shown.update(this.original ? renditionOf(desired) : desired);
  }

  async settled(): Promise<void> {
    await Promise.all([this.original?.settled(), this.shown.settled()]);
  }

  async close(reason: 'shutdown' | 'stopped'): Promise<void> {
    await Promise.all([this.shown.close(reason), this.original?.close(reason)]);
  }

  /** Without it nothing of an original is written. */
  #key(): OriginalsKey {
    const key = this.#desired.originals?.key;
    if (!key) throw new Error('there is no key for which the original could be sealed');
    return key;
  }
}

function originalOf({ privacy: _, originals, ...desired }: DesiredStream): DesiredStream {
  const enabled = desired.recording.enabled && originals !== undefined;
  return { ...desired, id: `${desired.id}${ORIGINAL}`, recording: { ...desired.recording, enabled } };
}

function renditionOf({ originals, ...desired }: DesiredStream): DesiredStream {
  const enabled = desired.recording.enabled && originals?.alone !== true;
  return {
    ...desired,
    recording: { ...desired.recording, enabled },
    source: { url: `${RENDITION}${desired.id}` },
  };
}

/**
 * What an original tells: its states are for its rendition alone, its camera's certificate and its files are told as
 * the stream's, and so is whether it is recorded where nothing else is.
 */
class OriginalState {
  readonly #id: string;
  readonly #recordedAlone: () => boolean;
  readonly #fact: (fact: Fact) => void;
  readonly #followers = new Set<(state: StateFact) => void>();
  #last: StateFact | undefined;

  constructor(id: string, fact: (fact: Fact) => void, recordedAlone: () => boolean) {
    this.#id = id;
    this.#recordedAlone = recordedAlone;
    this.#fact = fact;
  }

  take(fact: Fact): void {
    if (fact.kind === 'stream.certificate') this.#fact({ ...fact, stream_id: this.#id });
    const recorded = fact.kind === 'recording.state' && this.#recordedAlone();
    if ('filename' in fact || recorded) this.#fact(fact);
    if (fact.kind !== 'stream.state') return;
    this.#last = fact;
    for (const each of [...this.#followers]) each(fact);
  }

  /** Calls back with the present state at once, and with each that follows. Returns its end. */
  add(each: (state: StateFact) => void): () => void {
    this.#followers.add(each);
    if (this.#last) each(this.#last);
    return () => this.#followers.delete(each);
  }
}
