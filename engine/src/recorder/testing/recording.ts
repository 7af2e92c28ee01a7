import { setImmediate } from 'node:timers/promises';
import { Fact } from '@nightjar/contract/link';
import { type Mp4Scan, scanMp4 } from '@nightjar/media/mp4';
import type { Track } from '@nightjar/media/stream';
import { type PlayOptions, Publisher, QuietLog } from '../../testing/index.ts';
import { Recorder } from '../recorder.ts';
import { tellInventory } from '../recovery.ts';
import { bytesPort, MemoryStorage } from './memory-storage.ts';

type Kind = Fact['kind'];
type Of<K extends Kind> = Extract<Fact, { kind: K }>;

export const FOLDER = '/footage/hot/cam';

/** A stream, its recorder and a disk in memory. Checks at each fact that the disk already holds what it says. */
export class Recording {
  readonly source: Publisher;
  readonly storage = new MemoryStorage();
  readonly log = new QuietLog();
  readonly facts: Fact[] = [];
  readonly recorder: Recorder;
  /** Facts of what would not have survived a power cut. */
  readonly broken: string[] = [];
  /** Names in the facts of files. */
  readonly heard = new Set<string>();
  segmentDuration: number;
  label: string | undefined;

  constructor(options: { tracks?: readonly Track[]; utc?: number; segmentDuration?: number } = {}) {
    this.source = new Publisher(options);
    this.segmentDuration = options.segmentDuration ?? 60;
    this.recorder = new Recorder({
      streamId: 'cam',
      stream: this.source.stream,
      storage: this.storage,
      clock: this.source.clock,
      pool: this.source.pool,
      folder: () => FOLDER,
      segmentDuration: () => this.segmentDuration,
      label: () => this.label,
      fact: (fact) => this.#check(Fact.parse(fact)),
      log: this.log,
    });
  }

  /** Publishes `seconds` of media while the disk works. */
  async play(seconds: number, options?: PlayOptions): Promise<void> {
    for (let left = seconds; left > 1e-9; left -= 0.5) {
      this.source.play(Math.min(left, 0.5), options);
      await setImmediate();
    }
  }

  /** Tells the server's inventory question's answer, as the engine does. */
  async inventory(): Promise<void> {
    const { storage, log, recorder } = this;
    const options = {
      storage,
      log,
      basePath: '/footage',
      fact: (fact: Fact) => this.#check(Fact.parse(fact)),
    };
    await tellInventory({ streamId: 'cam', since: 0, writing: () => recorder.writing }, options);
    recorder.retell();
  }

  /** Stops recording and the stream. */
  async end(): Promise<void> {
    await this.recorder.stop('stopped');
    this.source.close();
  }

  of<K extends Kind>(kind: K): Of<K>[] {
    return this.facts.filter((fact): fact is Of<K> => fact.kind === kind);
  }

  /** `kind filename` of the facts of files, without the sizes in between. */
  story(): string[] {
    return this.facts.flatMap((fact) => {
      if (fact.kind === 'recording.state') return [`${fact.state}${fact.fault ? ` ${fact.fault}` : ''}`];
      if (fact.kind === 'segment.opened') return [`opened ${fact.filename}`];
      return fact.kind === 'segment.closed' ? [`closed ${fact.filename} ${fact.reason}`] : [];
    });
  }

  names(): string[] {
    return this.storage.namesIn(FOLDER);
  }

  bytes(name: string): Buffer {
    return this.storage.files.get(`${FOLDER}/${name}`)!.bytes;
  }

  scan(name: string): Promise<Mp4Scan> {
    return scanMp4(bytesPort(this.bytes(name)));
  }

  #check(fact: Fact): void {
    this.facts.push(fact);
    if (fact.kind !== 'segment.grown' && fact.kind !== 'segment.closed') return;
    const { kind, filename, bytes } = fact;
    this.heard.add(filename);
    const file = this.storage.files.get(`${FOLDER}/${filename}`);
    if (!file || file.durable < bytes) this.broken.push(`${kind} ${filename} ${bytes}`);
    const opened = this.of('segment.opened').filter((other) => other.filename === filename);
    const closed = this.of('segment.closed').filter((other) => other.filename === filename);
    const grows = kind === 'segment.grown' && closed.length > 0;
    if (opened.length !== 1 || grows) this.broken.push(`${kind} ${filename} out of order`);
  }
}
