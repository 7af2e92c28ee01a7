import { Attempt } from '../attempt.ts';
import {
  faultOfStatus,
  type OpenPlayback,
  type Playback,
  PlaybackError,
  type PlaybackEvents,
  type PlaybackFault,
} from '../playback.ts';
import { follow, TARGETS } from './follow.ts';
import { LiveBuffer } from './live-buffer.ts';

/** Where fMP4 over a WebSocket comes from. */
export interface MseSource {
  /** Address of the WebSocket, without a ticket. */
  readonly url: string;
  /** Makes a ticket for it, which is the only credential that such an address can carry. */
  readonly ticket: () => Promise<string | undefined>;
  /** Whether the sound is wanted. */
  readonly audio: boolean;
}

interface Codecs {
  readonly mime: string;
  readonly audio: boolean;
}

type SourceClass = Pick<typeof MediaSource, 'isTypeSupported'> & (new () => MediaSource);

/** Milliseconds to the first picture: the server waits 8 s for a camera that connects. */
const FIRST_PICTURE_MS = 10_000;

/** Reasons the server gives when it closes. */
const FAULTS: Readonly<Record<string, PlaybackFault>> = {
  right_ended: 'unauthorized',
  stream_ended: 'not_found',
  stream_removed: 'not_found',
};

/** iPhones have a kind of their own. */
function sourceClass(): SourceClass | undefined {
  const page = globalThis as { ManagedMediaSource?: SourceClass; MediaSource?: SourceClass };
  return page.MediaSource ?? page.ManagedMediaSource;
}

/** fMP4 frame by frame over a WebSocket, by Media Source Extensions. */
export function msePlayback(source: MseSource): OpenPlayback<HTMLVideoElement> {
  return async (video, events) => {
    const Source = sourceClass();
    if (!Source) throw new PlaybackError('unsupported');
    const ticket = await source.ticket();
    const url = new URL(source.url, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    if (ticket !== undefined) url.searchParams.set('ticket', ticket);
    if (!source.audio) url.searchParams.set('audio', '0');
    const playback = new MsePlayback(video, Source, url.href, events);
    await playback.opened;
    return playback;
  };
}

/** Asks for a ticket of a stream; rejects with a `PlaybackError`. */
export async function fetchTicket(url: string, authorization: string): Promise<string> {
  const answer = await fetch(url, { method: 'POST', headers: { authorization } }).catch((cause: unknown) => {
    throw new PlaybackError('network', { cause });
  });
  if (!answer.ok) throw new PlaybackError(faultOfStatus(answer.status));
  const { ticket } = (await answer.json()) as { ticket: string };
  return ticket;
}

class MsePlayback implements Playback {
  readonly #attempt: Attempt;
  readonly #video: HTMLVideoElement;
  readonly #events: PlaybackEvents;
  readonly #Source: SourceClass;
  readonly #media: MediaSource;
  readonly #address: string;
  readonly #socket: WebSocket;
  readonly #cancel: () => void;
  #buffer: LiveBuffer | undefined;
  /** What came before the media source was open. */
  #early: MessageEvent[] | undefined = [];
  #received = 0;
  #target = TARGETS.least;
  #begun = false;

  constructor(video: HTMLVideoElement, Source: SourceClass, url: string, events: PlaybackEvents) {
    this.#video = video;
    this.#events = events;
    this.#Source = Source;
    this.#media = new Source();
    this.#attempt = new Attempt(events, () => this.#release());
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.addEventListener('message', this.#onMessage);
    this.#socket.addEventListener('close', this.#onClose);
    this.#media.addEventListener('sourceopen', this.#onSourceOpen, { once: true });
    video.disableRemotePlayback = true;
    this.#address = URL.createObjectURL(this.#media);
    video.src = this.#address;
    video.addEventListener('loadeddata', this.#onPicture);
    video.addEventListener('waiting', this.#onWaiting);
    const timer = setTimeout(() => this.#attempt.fail('not_found'), FIRST_PICTURE_MS);
    this.#cancel = () => clearTimeout(timer);
  }

  /** Resolves with the first picture. */
  get opened(): Promise<void> {
    return this.#attempt.opened;
  }

  latency(): number | null {
    return this.#ahead;
  }

  received(): number {
    return this.#received;
  }

  keepUp(): void {
    this.#target = Math.max(TARGETS.least, this.#target * TARGETS.calm);
  }

  toLiveEdge(): void {
    const end = this.#buffer?.end ?? null;
    const start = this.#buffer?.start ?? null;
    if (end === null || start === null) return;
    this.#video.currentTime = Math.max(start, end - this.#target);
  }

  close(): void {
    this.#attempt.close();
  }

  get #ahead(): number | null {
    const end = this.#buffer?.end ?? null;
    return end === null ? null : Math.max(0, end - this.#video.currentTime);
  }

  readonly #onSourceOpen = (): void => {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const message of early) this.#take(message.data);
  };

  readonly #onMessage = ({ data }: MessageEvent): void => {
    if (this.#early) this.#early.push(new MessageEvent('message', { data }));
    else this.#take(data);
  };

  #take(data: ArrayBuffer | string): void {
    if (this.#attempt.over) return;
    if (typeof data === 'string') this.#codecs(JSON.parse(data) as Codecs);
    else {
      this.#received += data.byteLength;
      this.#buffer?.append(data);
    }
  }

  #codecs({ mime, audio }: Codecs): void {
    if (!this.#Source.isTypeSupported(mime)) {
      this.#attempt.fail('unsupported');
      return;
    }
    this.#events.onAudio(audio);
    if (this.#buffer) {
      this.#buffer.change(mime);
      return;
    }
    this.#buffer = new LiveBuffer(this.#media.addSourceBuffer(mime), {
      position: () => this.#video.currentTime,
      appended: () => this.#follow(),
      failed: () => this.#attempt.fail('media'),
    });
  }

  /** After each frame that came: the picture is put, or brought, near its end. */
  #follow(): void {
    const [start, end] = [this.#buffer?.start ?? null, this.#buffer?.end ?? null];
    if (start === null || end === null) return;
    const { currentTime } = this.#video;
    // Before the first picture, and over a gap that a skipped GOP left.
    if (!this.#begun || currentTime < start) {
      this.#begun = true;
      this.toLiveEdge();
      return;
    }
    if (this.#video.paused || this.#video.seeking) return;
    const { playbackRate } = this.#video;
    const rate = follow({ ahead: end - currentTime, target: this.#target, rate: playbackRate });
    if (rate === 'jump') this.toLiveEdge();
    else if (rate !== playbackRate) this.#video.playbackRate = rate;
  }

  readonly #onPicture = (): void => {
    this.#cancel();
    this.#attempt.picture();
  };

  /** It ran dry: more is kept ahead for a while. */
  readonly #onWaiting = (): void => {
    if (this.#attempt.shown && !this.#video.seeking)
      this.#target = Math.min(TARGETS.most, this.#target + TARGETS.step);
  };

  readonly #onClose = ({ reason }: CloseEvent): void => this.#attempt.fail(FAULTS[reason] ?? 'network');

  #release(): void {
    this.#cancel();
    this.#socket.removeEventListener('close', this.#onClose);
    this.#socket.removeEventListener('message', this.#onMessage);
    this.#socket.close();
    this.#buffer?.close();
    this.#video.removeEventListener('loadeddata', this.#onPicture);
    this.#video.removeEventListener('waiting', this.#onWaiting);
    this.#video.playbackRate = 1;
    this.#video.removeAttribute('src');
    this.#video.load();
    URL.revokeObjectURL(this.#address);
  }
}
