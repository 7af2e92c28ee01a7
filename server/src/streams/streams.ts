import {
  type DesiredStream,
  type Fact,
  type Hello,
  type MetricsSample,
  PUBLISHED,
} from '@nightjar/contract/link';
import type { CreateStream, RecordingEvents } from '@nightjar/contract/manager';
import { type Sql, unchanged } from '../database/index.ts';
import { createSerial, DomainError, invalid, isoNow, redact, streamNotFound } from '../kernel/index.ts';
import { desiredRecording } from './desired-recording.ts';
import { desiredPictures, desiredSource, lookingAt, recordsOriginals, sinceOf } from './desired-source.ts';
import { type Command, Observed } from './observed.ts';
import type { StreamsOptions } from './options.ts';
import { bears, commandRecording, type RecordingCommand, sessionAfter } from './recording-session.ts';
import { patchSettings, settingsOf } from './settings.ts';
import type { ClearSource } from './source.ts';
import { streamStore } from './store.ts';
import type { Certificate, Stream, StreamErrorEntry, StreamView } from './stream.ts';

/** Characters of what the engine says that are kept; a camera may have written them. */
const MAX_MESSAGE = 500;

/** Streams: what is wanted, kept in the database, and what the engine observes of it. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #observed: Observed;
  readonly #all: () => Promise<readonly Stream[]>;
  /** As the engine was told last. */
  #paused: ReadonlySet<string> = new Set();
  #events: ReadonlyMap<string, RecordingEvents> = new Map();
  /** Changes are read-check-write: one after another. */
  readonly #inTurn = createSerial();

  constructor(options: StreamsOptions) {
    const { database } = options;
    this.#options = options;
    this.#observed = new Observed(options.clock);
    this.#all = unchanged(
      () => database.changes('streams'),
      () => streamStore.all(database.sql),
    );
  }

  async list(): Promise<StreamView[]> {
    return (await this.#all()).map((stream) => this.#view(stream));
  }

  /** Throws STREAM_NOT_FOUND. */
  async get(id: string): Promise<StreamView> {
    return this.#view(await this.#find(id));
  }

  /** Its source in clear; for who compares it, never for an answer. */
  sourceOf({ id, source }: Stream): ClearSource {
    return this.#options.sources.open(id, source);
  }

  /** The path of the RTSP listener by which it is played as well. Throws STREAM_NOT_FOUND. */
  placeAt(id: string, rtspPath: string | null): Promise<StreamView> {
    return this.#change(id, async (stream) => ({ ...stream, rtspPath }));
  }

  /** Newest first. */
  errors(id: string): Promise<StreamErrorEntry[]> {
    return streamStore.errors(this.#options.database.sql, id);
  }

  /** Throws STREAM_ALREADY_EXISTS, STREAM_BUSY while an older stream's footage goes, INVALID_CONFIGURATION. */
  create(config: CreateStream): Promise<StreamView> {
    return this.#inTurn(async () => {
      const { database, clock, sources } = this.#options;
      const { id } = config;
      if (await streamStore.find(database.sql, id)) {
        throw new DomainError('STREAM_ALREADY_EXISTS', `Stream with ID '${id}' already exists`, {
          stream_id: id,
        });
      }
      if (await this.#options.footagePending(id))
        throw busy(id, 'the footage of a removed stream is being deleted');
      const settings = settingsOf(config);
      const now = isoNow(clock);
      const stream: Stream = {
        id,
        source: await sources.seal(id, config.source_url),
        running: true,
        restartCount: 0,
        certificate: UNKNOWN,
        ...settings,
        privacySince: settings.privacy.enabled ? now : null,
        rtspPath: null,
        session: sessionAfter(undefined, settings.recording.enabled, now),
        createdAt: now,
        updatedAt: now,
        lastConnectedAt: null,
      };
      await database.transaction(async (sql) => {
        await streamStore.insert(sql, stream);
        await this.#options.created(sql, stream);
      });
      this.#options.changed();
      this.#options.happened({ type: 'stream.created', stream_id: id });
      return this.#view(stream);
    });
  }

  /** A JSON merge patch. Throws STREAM_NOT_FOUND, INVALID_CONFIGURATION, `InvalidSettings`. */
  update(id: string, patch: Parameters<typeof patchSettings>[1]): Promise<StreamView> {
    return this.#change(id, async (stream) => {
      const config = patchSettings(stream, patch);
      const { sources } = this.#options;
      const source = await sources.reseal(id, config.source_url, stream.source);
      const settings = settingsOf(config);
      const session = sessionAfter(stream, settings.recording.enabled, isoNow(this.#options.clock));
      const certificate = sources.sameCamera(id, source, stream.source) ? stream.certificate : UNKNOWN;
      const privacySince = sinceOf(stream, settings.privacy, isoNow(this.#options.clock));
      return { ...stream, ...settings, session, source, certificate, privacySince };
    }).then((view) => {
      this.#options.happened({ type: 'stream.updated', stream_id: id });
      return view;
    });
  }

  /** Removes the stream and, through the engine, its footage. Throws STREAM_NOT_FOUND. */
  remove(id: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#find(id);
      const gone = await this.#options.database.transaction(async (sql) => {
        const ids = [id, ...(await this.#options.alsoRemoved(sql, id))];
        for (const each of ids) await this.#removeRows(sql, each);
        return ids;
      });
      this.#options.changed();
      for (const each of gone) {
        this.#observed.forget(each);
        this.#options.happened({ type: 'stream.removed', stream_id: each });
      }
    });
  }

  /**
   * Throws STREAM_NOT_FOUND, and STREAM_BUSY while the engine has not answered the command before, unless the newer
   * wish is to count at once.
   */
  async command(id: string, command: Command, { atOnce = false } = {}): Promise<void> {
    await this.#change(id, async (stream) => {
      const pending = this.#observed.pending(id);
      if (pending && !atOnce) throw busy(id, `${pending} is under way`);
      const state = this.#observed.state(id, stream.running);
      const again = command === 'restart' || (command === 'start' && state === 'failed');
      const running = command !== 'stop';
      if (running !== stream.running || again) this.#observed.commanded(id, again ? 'restart' : command);
      return { ...stream, running, restartCount: stream.restartCount + Number(again) };
    });
  }

  /** The key by which a stream is pushed to us. Throws STREAM_NOT_FOUND, INVALID_CONFIGURATION for one that is pulled. */
  async publishKey(id: string): Promise<string> {
    const { publishKey } = this.#options.sources.open(id, (await this.#find(id)).source);
    if (publishKey === undefined) throw invalid('id', `the stream's source_url is not ${PUBLISHED}`);
    return publishKey;
  }

  /** Another key; who publishes by the old one is sent away. Throws as `publishKey`. */
  async rotatePublishKey(id: string): Promise<string> {
    const { sources } = this.#options;
    await this.#change(id, async (stream) => ({ ...stream, source: sources.withNewKey(id, stream.source) }));
    return this.publishKey(id);
  }

  /**
   * Trusts a certificate that the camera shows, and connects again. Throws STREAM_NOT_FOUND, and
   * INVALID_CONFIGURATION for another one than was refused.
   */
  async acceptCertificate(id: string, fingerprint: string): Promise<StreamView> {
    const view = await this.#change(id, async (stream) => {
      if (stream.certificate.refused !== fingerprint) {
        throw invalid('fingerprint', 'the camera has shown no such certificate');
      }
      const certificate = { pinned: fingerprint, refused: null };
      return { ...stream, certificate, restartCount: stream.restartCount + 1 };
    });
    this.#options.happened({ type: 'stream.updated', stream_id: id });
    return view;
  }

  /** Throws STREAM_NOT_FOUND, RECORDING_IN_PROGRESS, NO_RECORDING. */
  commandRecording(id: string, command: RecordingCommand): Promise<StreamView> {
    const now = isoNow(this.#options.clock);
    return this.#change(id, async (stream) => commandRecording(stream, command, now));
  }

  /** Whether the engine was told to pause the recording of a stream. */
  recordingPaused(id: string): boolean {
    return this.#paused.has(id);
  }

  /** Around which events the engine was told to record a stream; undefined for those that are not. */
  recordingEvents(id: string): RecordingEvents | undefined {
    return this.#events.get(id);
  }

  /** Everything the engine is to run, credentials in clear. `open`: paths of the RTSP listener need no token. */
  async desired(open = false): Promise<DesiredStream[]> {
    const { database, sources, originalsKey } = this.#options;
    const segmentDuration = this.#options.segmentDuration();
    const streams = await streamStore.all(database.sql);
    const key = streams.some(recordsOriginals) ? await originalsKey() : undefined;
    this.#paused = new Set(streams.filter(({ session }) => session.paused).map(({ id }) => id));
    this.#events = new Map(streams.flatMap(({ id, recording: { events: on } }) => (on ? [[id, on]] : [])));
    return streams.map((stream) => ({
      id: stream.id,
      source: desiredSource(stream, sources.open(stream.id, stream.source)),
      running: stream.running,
      restart_count: stream.restartCount,
      recording: desiredRecording(stream, segmentDuration),
      reconnect: stream.reconnect,
      ...(stream.onDemand.enabled ? { on_demand: { grace: stream.onDemand.grace } } : {}),
      ...desiredPictures(stream, open, this.#options.detector, key),
    }));
  }

  engineHello(streams: Hello['streams']): void {
    this.#observed.hello(streams);
  }

  engineAway(): void {
    this.#observed.away();
  }

  engineSamples(samples: readonly MetricsSample[]): void {
    this.#observed.sample(samples);
  }

  /** Stores what of a state is worth keeping; other facts are not for this room. */
  async store(sql: Sql, fact: Fact): Promise<void> {
    if (fact.kind === 'segment.opened') await this.#fileOpened(sql, fact.stream_id, fact.filename);
    if (fact.kind === 'stream.certificate') {
      await streamStore.certificate(sql, fact.stream_id, fact.fingerprint, fact.trusted);
    }
    if (fact.kind !== 'stream.state') return;
    if (fact.state === 'live') await streamStore.connected(sql, fact.stream_id, fact.at);
    if (!fact.fault) return;
    const message = redact(fact.message ?? fact.fault).slice(0, MAX_MESSAGE);
    await streamStore.addError(sql, fact.stream_id, { at: fact.at, fault: fact.fault, message });
  }

  /** Shows a state; called once it is stored. */
  observe(fact: Fact): void {
    if (fact.kind === 'stream.state') this.#observed.apply(fact);
    // The engine is to know the pin also after it was started again.
    if (fact.kind === 'stream.certificate' && fact.trusted) this.#options.changed();
  }

  async #fileOpened(sql: Sql, id: string, filename: string): Promise<void> {
    const label = (await streamStore.find(sql, id))?.session.label;
    if (label && bears(filename, label)) await streamStore.labelled(sql, id, label);
  }

  async #removeRows(sql: Sql, id: string): Promise<void> {
    const stream = await streamStore.find(sql, id);
    if (!stream) return;
    await this.#options.beforeRemove(sql, stream);
    await streamStore.remove(sql, id);
  }

  #change(id: string, change: (stream: Stream) => Promise<Stream>): Promise<StreamView> {
    return this.#inTurn(async () => {
      const { database, clock } = this.#options;
      const stream = { ...(await change(await this.#find(id))), updatedAt: isoNow(clock) };
      await streamStore.update(database.sql, stream);
      this.#options.changed();
      return this.#view(stream);
    });
  }

  async #find(id: string): Promise<Stream> {
    const stream = await streamStore.find(this.#options.database.sql, id);
    if (stream) return stream;
    throw streamNotFound(id);
  }

  #view(stream: Stream): StreamView {
    const { id } = stream;
    return {
      stream,
      state: this.#observed.state(id, stream.running),
      tracks: this.#observed.tracks(id),
      transport: this.#observed.transport(id),
      metrics: this.#observed.metrics(id),
      looking: lookingAt(stream, this.#options.detector),
    };
  }
}

const UNKNOWN: Certificate = { pinned: null, refused: null };

const busy = (id: string, why: string): DomainError =>
  new DomainError('STREAM_BUSY', `Stream with ID '${id}' is busy: ${why}`, { stream_id: id });
