import type { FromVision, StillJob, ToVision, TrackDescription } from '@nightjar/contract/vision';
import { MalformedError } from '@nightjar/media/bytes';
import { type AudioFormat, codecs, type Format, type VideoFormat } from '@nightjar/media/codecs';
import {
  type PictureSession,
  type PixelBackend,
  PixelError,
  type Session,
  type StillRequest,
  type Tally,
} from './backend.ts';
import type { DetectClock, Detectors } from './detect/index.ts';
import { Watch } from './watch.ts';

export interface ServiceOptions {
  readonly backend: PixelBackend;
  readonly tally: Tally;
  /** Bytes of memory the process has. */
  readonly rss: () => number;
  readonly send: (message: FromVision) => void;
  readonly detectors: Pick<Detectors, 'ask' | 'hold' | 'counters'>;
  readonly clock: DetectClock;
}

/** What the engine asks for, done: sessions side by side, stills one after another. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #sessions = new Map<number, Session>();
  readonly #pictures = new Map<number, PictureSession>();
  /** One still at a time: when this process dies of one, everybody knows of which. */
  #stills: Promise<void> = Promise.resolve();

  constructor(options: ServiceOptions) {
    this.#options = options;
    options.send({ type: 'ready', backend: options.backend.name });
  }

  handle(message: ToVision): void {
    switch (message.type) {
      case 'still':
        this.#stills = this.#stills.then(() => this.#still(message.id, message.job));
        return;
      case 'open_pictures':
        this.#begin(message.id, () => this.#openPictures(message.id, message.track));
        return;
      case 'open_sound':
        this.#begin(message.id, () => this.#openSound(message));
        return;
      case 'open_video':
        this.#begin(message.id, () => this.#openVideo(message));
        return;
      case 'open_blur':
        this.#begin(message.id, () => this.#openBlur(message));
        return;
      case 'open_objects':
        this.#begin(message.id, () => this.#openObjects(message));
        return;
      case 'outputs':
        this.#pictures.get(message.id)?.outputs(message.outputs);
        return;
      case 'unit':
        this.#unit(message);
        return;
      case 'close':
        this.#end(message.id);
        return;
      case 'ping':
        this.#pong();
        return;
    }
  }

  #pong(): void {
    const { send, tally, rss, detectors } = this.#options;
    send({ type: 'pong', counters: { ...tally, rss: rss() }, detector: detectors.counters });
  }

  #begin(id: number, open: () => Session): void {
    try {
      this.#sessions.set(id, open());
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #openPictures(id: number, track: TrackDescription): Session {
    const { backend, send } = this.#options;
    const session = backend.pictures(formatOf(track) as VideoFormat, {
      picture: (output, picture, arrival) => send({ type: 'picture', id, output, ...picture, arrival }),
      failed: (message) => this.#fail(id, new PixelError(message)),
    });
    this.#pictures.set(id, session);
    return session;
  }

  #openSound({ id, track, target }: Extract<ToVision, { type: 'open_sound' }>): Session {
    const { backend, send } = this.#options;
    return backend.sound(formatOf(track) as AudioFormat, target, {
      sound: (data, time) => send({ type: 'sound', id, data, time }),
      failed: (message) => this.#fail(id, new PixelError(message)),
    });
  }

  #openVideo({ id, track, target }: Extract<ToVision, { type: 'open_video' }>): Session {
    const { backend, send } = this.#options;
    return backend.video(formatOf(track) as VideoFormat, target, {
      coded: (picture) => send({ type: 'coded', id, ...picture }),
      failed: (message) => this.#fail(id, new PixelError(message)),
    });
  }

  #openBlur({ id, track, options, detector }: Extract<ToVision, { type: 'open_blur' }>): Session {
    const { backend, send, detectors, clock } = this.#options;
    const sight = detector && { detector, detectors, clock };
    return backend.blur(
      formatOf(track) as VideoFormat,
      { options, sight },
      {
        coded: (picture) => send({ type: 'coded', id, ...picture }),
        failed: (message) => this.#fail(id, new PixelError(message)),
      },
    );
  }

  #openObjects({ id, track, detector, wish }: Extract<ToVision, { type: 'open_objects' }>): Session {
    const { backend, send, detectors, clock } = this.#options;
    const sight = { detector, detectors, clock };
    return new Watch(backend, formatOf(track) as VideoFormat, {
      ...{ wish, sight },
      sink: {
        objects: (tracks, { arrival }) => send({ type: 'objects', id, arrival, tracks: [...tracks] }),
        failed: (message) => this.#fail(id, new PixelError(message)),
      },
    });
  }

  #unit({ id, unit }: Extract<ToVision, { type: 'unit' }>): void {
    const session = this.#sessions.get(id);
    if (!session) return;
    void session.push(unit).then(() => this.#options.send({ type: 'taken', id, units: 1 }));
  }

  #end(id: number): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    this.#pictures.delete(id);
    void session?.close();
  }

  async #still(id: number, job: StillJob): Promise<void> {
    const { backend, send } = this.#options;
    try {
      const still = await backend.still(requestOf(job));
      send({ type: 'still', id, ...still });
    } catch (error) {
      this.#fail(id, error);
    }
  }

  /** What is no fault of the bytes or of the machine is one of ours, and ends the process. */
  #fail(id: number, error: unknown): void {
    if (!(error instanceof PixelError || error instanceof MalformedError)) throw error;
    this.#end(id);
    this.#options.send({ type: 'failed', id, message: error.message });
  }
}

function requestOf({ track, ...job }: StillJob): StillRequest {
  return { ...job, format: formatOf(track) as VideoFormat };
}

/** Throws PixelError and MalformedError. */
function formatOf({ codec: name, record, ...entry }: TrackDescription): Format {
  const codec = codecs.find((candidate) => candidate.name === name);
  if (!codec) throw new PixelError(`no such codec: ${name}`);
  return codec.formatFromRecord(Buffer.from(record.buffer, record.byteOffset, record.byteLength), entry);
}
