import type { DesiredStream, Fact } from '@nightjar/contract/link';
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

  constructor(desired: DesiredStream, around: StreamSurroundings & { cover: CoverPictures | undefined }) {
    if (!desired.privacy) {
      this.shown = new EngineStream(desired, around);
      return;
    }
    const follow = new OriginalState(desired.id, around.fact);
    const original = new EngineStream(originalOf(desired), { ...around, fact: (fact) => follow.take(fact) });
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

  update(desired: DesiredStream): void {
    this.original?.update(originalOf(desired));
    this.shown.update(this.original ? renditionOf(desired) : desired);
  }

  async settled(): Promise<void> {
    await Promise.all([this.original?.settled(), this.shown.settled()]);
  }

  async close(reason: 'shutdown' | 'stopped'): Promise<void> {
    await Promise.all([this.shown.close(reason), this.original?.close(reason)]);
  }
}

function originalOf({ privacy: _, ...desired }: DesiredStream): DesiredStream {
  return { ...desired, id: `${desired.id}${ORIGINAL}`, recording: { ...desired.recording, enabled: false } };
}

const renditionOf = (desired: DesiredStream): DesiredStream => ({
  ...desired,
  source: { url: `${RENDITION}${desired.id}` },
});

/** What an original tells: its states are for its rendition alone, its camera's certificate is told as the stream's. */
class OriginalState {
  readonly #id: string;
  readonly #fact: (fact: Fact) => void;
  readonly #followers = new Set<(state: StateFact) => void>();
  #last: StateFact | undefined;

  constructor(id: string, fact: (fact: Fact) => void) {
    this.#id = id;
    this.#fact = fact;
  }

  take(fact: Fact): void {
    if (fact.kind === 'stream.certificate') this.#fact({ ...fact, stream_id: this.#id });
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
