import type { MediaStream } from '@nightjar/media/stream';
import type { Vision } from '../vision/index.ts';
import { PictureHub } from './picture-hub.ts';

/** The hubs of all streams whose pictures somebody watches. */
export class PictureHubs {
  readonly #vision: Pick<Vision, 'pictures'>;
  readonly #hubs = new Map<MediaStream, PictureHub>();

  constructor(vision: Pick<Vision, 'pictures'>) {
    this.#vision = vision;
  }

  /** Costs nothing until somebody joins. */
  of(subject: string, media: MediaStream): PictureHub {
    const existing = this.#hubs.get(media);
    if (existing) return existing;
    const onIdle = (): void => void this.#hubs.delete(media);
    const hub = new PictureHub(this.#vision, { subject, media, onIdle });
    this.#hubs.set(media, hub);
    return hub;
  }

  /** The hub that is at work for a stream. */
  running(media: MediaStream): PictureHub | undefined {
    return this.#hubs.get(media);
  }
}
