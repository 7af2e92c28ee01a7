import type { StreamMetrics, TrackFact, Transport } from '@nightjar/contract';
import type { DesiredStream, Fact, OriginalsKey } from '@nightjar/contract/link';
import { stampFragment } from '@nightjar/media/mp4';
import type { RtpSender } from '@nightjar/media/rtp';
import { type Clock, MediaStream, type SlabPool } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { FlvFans, FragmentFans, type Hold, LiveWindow, RtpSenders } from '../live/index.ts';
import type { Storage } from '../recorder/index.ts';
import type { SeenCertificate, StartSource } from '../sources/index.ts';
import { Attention } from './attention.ts';
import { Demand } from './demand.ts';
import { Meter } from './meter.ts';
import { StreamRecording } from './recording/index.ts';
import { type StateChange, StreamLifeCycle } from './state.ts';
import { SourceSupervisor } from './supervisor.ts';
import { trackFact } from './track-fact.ts';
import { TracksKnown } from './tracks-known.ts';

/** Milliseconds the live window outlives its last request. */
const LINGER = 15_000;

/** What all streams of an engine share. */
export interface StreamSurroundings {
  readonly clock: Clock;
  readonly pool: SlabPool;
  readonly storage: Storage;
  readonly sources: ReadonlyMap<string, StartSource>;
  readonly random: () => number;
  readonly random32: () => number;
  readonly basePath: () => string;
  readonly fact: (fact: Fact) => void;
  readonly log: Pick<Log, 'error' | 'warn'>;
  /** Of the original of a private stream: whose footage it is, and for whom that is sealed. */
  readonly sealed?: { readonly streamId: string; readonly key: () => OriginalsKey };
  /** Nothing begins before it: the stream that was there under the same id is gone. */
  readonly after?: Promise<void> | undefined;
  /** UTC milliseconds up to which that one recorded. */
  readonly filmedSince?: number | undefined;
}

/** One stream of the engine: a source, the media, its recorder and its ways out, held to what is desired. */
export class EngineStream {
  readonly media: MediaStream;
  /** For viewers that take fMP4 as it comes. */
  readonly fragments: FragmentFans;
  /** For viewers that take FLV messages. */
  readonly flv: FlvFans;
  /** Who wants the stream; counts when it runs on demand only. */
  readonly demand: Demand;
  readonly #around: StreamSurroundings;
  readonly #lifeCycle: StreamLifeCycle;
  readonly #supervisor: SourceSupervisor;
  readonly #meter: Meter;
  #live: LiveWindow | undefined;
  readonly #senders: RtpSenders;
  #desired: DesiredStream;
  #since: string;
  #message: string | undefined;
  #networkErrors = 0;
  #watching = 0;
  readonly #tracks: TracksKnown;
  readonly #attention: Attention;
  readonly #recording: StreamRecording;
  /** What the source was last started for. */
  #started: string | undefined;
  /** Changes are applied one after the other. */
  #chain: Promise<void>;

  constructor(desired: DesiredStream, around: StreamSurroundings) {
    this.#desired = desired;
    this.#chain = around.after ?? Promise.resolve();
    this.#around = around;
    this.#since = new Date(around.clock.utc()).toISOString();
    this.media = new MediaStream({ stamp: stampFragment });
    this.fragments = new FragmentFans(this.media);
    this.flv = new FlvFans(this.media);
    this.#senders = new RtpSenders(this.media, around);
    this.demand = new Demand({
      clock: around.clock,
      grace: () => (this.#desired.on_demand?.grace ?? 0) * 1000,
      changed: () => this.#then(() => this.#converge()),
    });
    this.#attention = new Attention({ ...around, streamId: desired.id, media: this.media });
    this.#recording = new StreamRecording({
      ...around,
      media: this.media,
      attention: this.#attention,
      desired: () => this.#desired,
      changed: () => this.#then(() => this.#converge()),
    });
    this.#tracks = new TracksKnown(this.media, around.clock);
    this.#meter = new Meter(around.clock, () => this.#supervisor.run);
    this.media.attach(this.#meter, false);
    this.#lifeCycle = new StreamLifeCycle((change) => this.#announce(change));
    this.#supervisor = new SourceSupervisor({
      ...around,
      desired: () => this.#desired,
      lifeCycle: this.#lifeCycle,
      stream: this.media,
      onCertificate: (seen) => this.#tellCertificate(seen),
    });
    this.#then(() => this.#converge());
  }

  /** No other stream of the engine has it; that of an original is not known outside. */
  get id(): string {
    return this.#desired.id;
  }

  /** How its pictures are covered; undefined when they are not. */
  get privacy(): DesiredStream['privacy'] {
    return this.#desired.privacy;
  }

  /** What the engine observes now, for a server that has just come. */
  get observed(): {
    id: string;
    state: StreamLifeCycle['state'];
    since: string;
    message?: string;
    tracks: TrackFact[];
    transport?: Transport;
  } {
    return {
      id: this.#desired.id,
      state: this.#lifeCycle.state,
      since: this.#since,
      ...(this.#message === undefined ? {} : { message: this.#message }),
      tracks: this.media.tracks.map(trackFact),
      ...this.#transport,
    };
  }

  /** So many viewers watch now, by any way out. */
  watched(count: number): void {
    this.#watching = count;
    this.demand.watching(count);
  }

  /**
   * Resolves true when the tracks are known, after connecting when the stream runs on demand; false when it
   * failed, after `timeout` ms, or on abort.
   */
  async ready(timeout: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#desired.running) return false;
    const release = this.demand.hold();
    try {
      await this.settled();
      await this.attend();
      return await this.#tracks.wait({ timeout, signal, hopeless: () => this.#lifeCycle.state === 'failed' });
    } finally {
      release();
    }
  }

  /** Somebody comes who wants to begin at the last key frame; `ready` waits for this as well. */
  attend(): Promise<void> {
    return this.#attention.attend();
  }

  /** The low-latency window; begins with this call when nobody watched. */
  live(): LiveWindow {
    this.#live ??= new LiveWindow({
      stream: this.media,
      clock: this.#around.clock,
      linger: LINGER,
      onIdle: () => {
        this.#live = undefined;
      },
    });
    return this.#live;
  }

  /** Packets for RTSP viewers; undefined while the stream has no tracks. */
  sender(hold: Hold = 0): RtpSender | undefined {
    return this.#senders.of(hold);
  }

  get frameRate(): number {
    return this.#meter.frameRate;
  }

  metrics(): StreamMetrics {
    return this.#meter.sample({
      viewers: this.#watching,
      reconnects: this.#supervisor.reconnects,
      networkErrors: this.#networkErrors,
      bufferLevel: this.#recording.bufferLevel,
    });
  }

  /** Names of the files that are being written. */
  get writing(): ReadonlySet<string> {
    return this.#recording.writing;
  }

  /** Tells again what the files that are being written hold. */
  retellFootage(): void {
    this.#recording.retell();
  }

  /** Something happened: see `StreamRecording`. */
  keepFootage(seconds: number): void {
    this.#recording.keepFor(seconds);
  }

  update(desired: DesiredStream): void {
    this.#desired = desired;
    this.#recording.update();
    this.#then(() => this.#converge());
  }

  /** Resolves when every change so far has been applied. */
  settled(): Promise<void> {
    return this.#chain;
  }

  close(reason: 'shutdown' | 'stopped'): Promise<void> {
    this.demand.close();
    this.#recording.close();
    this.#then(async () => {
      await Promise.all([this.#recording.stop(reason), this.#supervisor.stop()]);
      this.media.end();
    });
    return this.#chain;
  }

  #then(step: () => Promise<void>): void {
    this.#chain = this.#chain.then(step).catch((error: unknown) => {
      this.#around.log.error('a change could not be applied', { stream_id: this.#desired.id, error });
    });
  }

  async #converge(): Promise<void> {
    const { running } = this.#desired;
    const again = this.#started !== undefined && this.#started !== sourceKey(this.#desired);
    // A recorder that is to stop must not see its source go first: that would be another reason.
    await Promise.all([
      running ? undefined : this.#recording.converge(),
      this.#sourceWanted && !again ? undefined : this.#stopSource(),
    ]);
    await this.#recording.converge();
    // A failed stream stays failed until somebody restarts or changes it.
    if (!this.#sourceWanted || this.#lifeCycle.state !== 'stopped') return;
    this.#started = sourceKey(this.#desired);
    this.#supervisor.start();
  }

  get #sourceWanted(): boolean {
    const { running, on_demand } = this.#desired;
    return running && (!on_demand || this.#recording.wanted || this.demand.wanted);
  }

  async #stopSource(): Promise<void> {
    await this.#supervisor.stop();
    if (this.#lifeCycle.state !== 'stopped') this.#lifeCycle.move('stopped');
  }

  /** How media comes now. */
  get transport(): Transport | undefined {
    return this.media.tracks.length > 0 ? this.#supervisor.run?.transport : undefined;
  }

  /** Datagrams behind which others may have been left waiting, since the source connected. */
  get mayWait(): number {
    const { run } = this.#supervisor;
    return run?.mayWait ?? run?.counters.packets ?? 0;
  }

  get #transport(): { transport?: Transport } {
    const { transport } = this;
    return transport ? { transport } : {};
  }

  #tellCertificate(seen: SeenCertificate): void {
    const at = new Date(this.#around.clock.utc()).toISOString();
    this.#around.fact({ kind: 'stream.certificate', stream_id: this.#desired.id, at, ...seen });
  }

  #announce(change: StateChange): void {
    if (change.state !== change.previous) this.#since = new Date(this.#around.clock.utc()).toISOString();
    this.#message = change.message;
    this.#tracks.look();
    if (change.fault) this.#networkErrors++;
    this.#around.fact({
      kind: 'stream.state',
      stream_id: this.#desired.id,
      at: new Date(this.#around.clock.utc()).toISOString(),
      ...change,
      ...(this.media.tracks.length > 0 ? { tracks: this.media.tracks.map(trackFact) } : {}),
      ...this.#transport,
    });
  }
}

/** Another text means that the source must be started again. */
const sourceKey = ({ source, restart_count, privacy }: DesiredStream): string =>
  JSON.stringify([restart_count, privacy, { ...source, tls_pin: undefined }]);
