import { randomBytes } from 'node:crypto';
import type { TransportSetting } from '@nightjar/contract';
import { PUBLISHED } from '@nightjar/contract/link';
import { CreateStream } from '@nightjar/contract/manager';
import type { Database } from '../database/index.ts';
import { type Clock, createSerial, DomainError, isoNow } from '../kernel/index.ts';
import type { Streams, StreamView } from '../streams/index.ts';
import { type Adoption, newSerialNumber } from './adoption.ts';
import type { Camera, CameraDetails, CameraView } from './camera.ts';
import { cameraStore } from './store.ts';

/** What a camera is made of. */
export interface NewCamera {
  id?: string | undefined;
  name: string;
  serialNumber?: string | undefined;
  location: string | null;
  description: string | null;
  sourceUrl?: string | undefined;
  recording: boolean;
  active: boolean;
  /** Of the stream that is shown, beyond what every camera has; what is undefined is as usual. */
  stream?: { transport?: TransportSetting | undefined; on_demand?: boolean | undefined };
}

/** What is changed of one; what is absent stays. */
export type CameraPatch = Partial<CameraDetails & { sourceUrl: string; recording: boolean; active: boolean }>;

type StreamWishes = NonNullable<NewCamera['stream']> & { recording: boolean };

interface Options {
  database: Database;
  clock: Clock;
  streams: Streams;
  adoption: Adoption;
}

const MAX_ID = 64;
const RTMP_SUFFIX = '-rtmp';
const PULL_SUFFIX = '-pull';

/** Cameras and what people know of them; what they send are their streams. */
export class Cameras {
  readonly #options: Options;
  /** Changes are read-check-write: one after another. */
  readonly #inTurn = createSerial();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Oldest first. */
  async list(): Promise<CameraView[]> {
    const { database, streams } = this.#options;
    const owners = await cameraStore.owners(database.sql);
    const byCamera = Map.groupBy(await streams.list(), ({ stream }) => owners.get(stream.id) ?? '');
    const cameras = await cameraStore.all(database.sql);
    return cameras.flatMap((camera) => viewOf(camera, byCamera.get(camera.id) ?? []));
  }

  /** Throws NOT_FOUND. */
  async get(id: string): Promise<CameraView> {
    const { database, streams } = this.#options;
    const camera = await cameraStore.find(database.sql, 'id', id);
    const ids = camera ? await cameraStore.streamsOf(database.sql, id) : [];
    const views = await Promise.all(ids.map((each) => streams.get(each)));
    const [view] = camera ? viewOf(camera, views) : [];
    if (!view) throw cameraNotFound(id);
    return view;
  }

  /** Which camera a stream is of. */
  async ownerOf(streamId: string): Promise<string | undefined> {
    return (await cameraStore.owners(this.#options.database.sql)).get(streamId);
  }

  /** Throws CONFLICT for a serial number or an id that is taken, INVALID_CONFIGURATION. */
  create(wanted: NewCamera): Promise<CameraView> {
    return this.#inTurn(async () => {
      const { streams } = this.#options;
      const serialNumber = wanted.serialNumber ?? newSerialNumber();
      await this.#mustBeFree(serialNumber);
      const id = await this.#idFor(wanted);
      const { name, location, description, sourceUrl } = wanted;
      const details = { name, serialNumber, location, description };
      await this.#stream(id, { details }, sourceUrl ?? PUBLISHED, {
        ...wanted.stream,
        recording: wanted.recording,
      });
      if (sourceUrl !== undefined) await this.#second(id, RTMP_SUFFIX, PUBLISHED);
      const view = await this.get(id);
      if (wanted.active) return view;
      for (const { stream } of view.streams) await streams.command(stream.id, 'stop', { atOnce: true });
      return this.get(id);
    });
  }

  /** Throws NOT_FOUND, CONFLICT, INVALID_CONFIGURATION. */
  update(id: string, { sourceUrl, recording, active, ...details }: CameraPatch): Promise<CameraView> {
    return this.#inTurn(async () => {
      const { database, clock } = this.#options;
      const before = await this.get(id);
      const serial = details.serialNumber;
      if (serial !== undefined && serial !== before.camera.serialNumber) await this.#mustBeFree(serial);
      if (sourceUrl !== undefined) await this.#pullFrom(before, sourceUrl);
      if (recording !== undefined) await this.#record(await this.get(id), recording);
      if (active !== undefined && active !== isActive(before)) await this.#activate(before, active);
      const updatedAt = isoNow(clock);
      await cameraStore.update(database.sql, { ...before.camera, ...details, updatedAt });
      return this.get(id);
    });
  }

  /** Removes it with its streams and their footage. Throws NOT_FOUND. */
  remove(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const { camera } = await this.get(id);
      await this.#options.streams.remove(camera.id);
    });
  }

  /** Starts or stops all of its streams; the newest wish counts. Throws NOT_FOUND. */
  activate(id: string, on: boolean): Promise<CameraView> {
    return this.#inTurn(async () => {
      await this.#activate(await this.get(id), on);
      return this.get(id);
    });
  }

  /** Begins or ends recording; without `on` the other of what it is. Throws NOT_FOUND. */
  toggleRecording(id: string, on?: boolean): Promise<CameraView> {
    return this.#inTurn(async () => {
      const view = await this.get(id);
      await this.#record(view, on ?? !view.main.stream.recording.enabled);
      return this.get(id);
    });
  }

  /** The key by which it is pushed; undefined when it has no stream for that. */
  async publishKey({ pushed }: CameraView): Promise<string | undefined> {
    return pushed && this.#options.streams.publishKey(pushed.stream.id);
  }

  /** Another key; who publishes by the old one is sent away. Throws NOT_FOUND. */
  rotateKey(id: string): Promise<CameraView> {
    return this.#inTurn(async () => {
      const { pushed } = await this.get(id);
      if (pushed) await this.#options.streams.rotatePublishKey(pushed.stream.id);
      else await this.#second(id, RTMP_SUFFIX, PUBLISHED);
      return this.get(id);
    });
  }

  async #activate(view: CameraView, on: boolean): Promise<void> {
    for (const { stream } of view.streams) {
      await this.#options.streams.command(stream.id, on ? 'start' : 'stop', { atOnce: true });
    }
  }

  async #record({ main }: CameraView, on: boolean): Promise<void> {
    const { id, recording } = main.stream;
    if (recording.enabled === on) return;
    const { streams } = this.#options;
    await streams.commandRecording(id, on ? { kind: 'start', active: false } : { kind: 'stop' });
  }

  /** A camera that was only pushed gets a stream that is pulled, and goes on recording what is shown. */
  async #pullFrom({ camera, main, pushed }: CameraView, sourceUrl: string): Promise<void> {
    const { streams } = this.#options;
    if (main !== pushed) {
      await streams.update(main.stream.id, { source_url: sourceUrl });
      return;
    }
    const { enabled } = main.stream.recording;
    await this.#second(camera.id, PULL_SUFFIX, sourceUrl, enabled);
    if (enabled) await streams.commandRecording(main.stream.id, { kind: 'stop' });
  }

  async #second(cameraId: string, suffix: string, source: string, recording = false): Promise<void> {
    const wanted = `${cameraId.slice(0, MAX_ID - suffix.length)}${suffix}`;
    const id = (await this.#isTaken(wanted)) ? someId() : wanted;
    await this.#stream(id, { camera: cameraId }, source, { recording });
  }

  #stream(
    id: string,
    whose: Parameters<Adoption['expecting']>[1],
    source: string,
    { recording, transport, on_demand }: StreamWishes,
  ): Promise<StreamView> {
    const config = CreateStream.parse({
      id,
      source_url: source,
      recording: { enabled: recording },
      ...(transport === undefined ? {} : { transport }),
      ...(on_demand === undefined ? {} : { on_demand }),
    });
    return this.#options.adoption.expecting(id, whose, () => this.#options.streams.create(config));
  }

  async #idFor({ id, name }: NewCamera): Promise<string> {
    if (id !== undefined) {
      if (await this.#isTaken(id)) throw new DomainError('CONFLICT', 'The id is taken', { field: 'id' });
      return id;
    }
    const slug = slugOf(name);
    return slug === '' || (await this.#isTaken(slug)) ? someId() : slug;
  }

  async #isTaken(id: string): Promise<boolean> {
    return (await cameraStore.owners(this.#options.database.sql)).has(id);
  }

  async #mustBeFree(serialNumber: string): Promise<void> {
    const { sql } = this.#options.database;
    if (!(await cameraStore.find(sql, 'serial_number', serialNumber))) return;
    throw new DomainError('CONFLICT', 'The serial number is taken', { field: 'serial_number' });
  }
}

/** Whether it is to run: whether what is shown of it is. */
export const isActive = ({ main }: CameraView): boolean => main.stream.running;

/** The same answer whether it belongs to others or to nobody. */
const cameraNotFound = (id: string): DomainError =>
  new DomainError('NOT_FOUND', `Stream with ID '${id}' not found`, { id });

const someId = (): string => `cam-${randomBytes(3).toString('hex')}`;

/** `Front door` is `front-door`; empty for a name without Latin letters and digits. */
const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '');

function viewOf(camera: Camera, streams: readonly StreamView[]): CameraView[] {
  const isPushed = ({ stream }: StreamView) => stream.source.shown === PUBLISHED;
  const pushed = streams.find(isPushed);
  const ordered = [...streams.filter((each) => !isPushed(each)), ...streams.filter(isPushed)];
  const [main] = ordered;
  // Its streams go in the moment that it is looked at.
  return main ? [{ camera, main, streams: ordered, pushed }] : [];
}
