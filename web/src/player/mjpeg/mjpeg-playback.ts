import {
  faultOfStatus,
  type OpenPlayback,
  type Playback,
  PlaybackError,
  type PlaybackEvents,
} from '../playback.ts';
import { Multipart } from './multipart.ts';

/** Where motion JPEG comes from. */
export interface MjpegSource {
  readonly url: string;
  /** Value of the `Authorization` header; undefined for a page that is signed in by its cookie. */
  readonly authorization: string | undefined;
}

/** Motion JPEG drawn picture by picture, for browsers that play nothing else. There is no sound. */
export function mjpegPlayback(source: MjpegSource): OpenPlayback<HTMLVideoElement> {
  return async (video, events) => {
    const canvas = document.createElement('canvas');
    if (typeof canvas.captureStream !== 'function') throw new PlaybackError('unsupported');
    const abort = new AbortController();
    const headers = new Headers();
    if (source.authorization !== undefined) headers.set('authorization', source.authorization);
    const answer = await fetch(source.url, { headers, signal: abort.signal }).catch((cause: unknown) => {
      throw new PlaybackError('network', { cause });
    });
    if (!answer.ok || !answer.body) throw new PlaybackError(faultOfStatus(answer.status));
    events.onAudio(false);
    return new MjpegPlayback(video, canvas, answer.body, abort, events);
  };
}

class MjpegPlayback implements Playback {
  readonly #video: HTMLVideoElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #abort: AbortController;
  readonly #events: PlaybackEvents;
  #received = 0;
  #over = false;

  constructor(
    video: HTMLVideoElement,
    canvas: HTMLCanvasElement,
    body: ReadableStream<Uint8Array>,
    abort: AbortController,
    events: PlaybackEvents,
  ) {
    this.#video = video;
    this.#canvas = canvas;
    this.#abort = abort;
    this.#events = events;
    this.#draw(body).then(
      () => this.#end(),
      () => this.#end(),
    );
  }

  /** The newest picture is always the one shown; how old it is nobody says. */
  latency(): null {
    return null;
  }

  received(): number {
    return this.#received;
  }

  keepUp(): void {
    // Nothing is ever buffered.
  }

  toLiveEdge(): void {
    // Nothing is ever behind.
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#abort.abort();
    this.#video.srcObject = null;
  }

  /** Of pictures that come together only the newest is drawn. */
  async #draw(body: ReadableStream<Uint8Array>): Promise<void> {
    const parts = new Multipart();
    const reader = body.getReader();
    for (let chunk = await reader.read(); !chunk.done && !this.#over; chunk = await reader.read()) {
      this.#received += chunk.value.length;
      const newest = parts.feed(chunk.value).at(-1);
      if (newest) await this.#show(newest);
    }
  }

  async #show(jpeg: Uint8Array<ArrayBuffer>): Promise<void> {
    const picture = await createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' }));
    const first = this.#video.srcObject === null;
    if (this.#canvas.width !== picture.width || this.#canvas.height !== picture.height) {
      this.#canvas.width = picture.width;
      this.#canvas.height = picture.height;
    }
    this.#canvas.getContext('2d')?.drawImage(picture, 0, 0);
    picture.close();
    if (!first || this.#over) return;
    this.#video.srcObject = this.#canvas.captureStream();
    this.#video.play().catch(() => undefined);
  }

  #end(): void {
    if (this.#over) return;
    this.close();
    this.#events.onFault('network');
  }
}
