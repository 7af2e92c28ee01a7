import { csrfToken } from '../../session/cookies.ts';
import { Attempt } from '../attempt.ts';
import {
  faultOfStatus,
  type OpenPlayback,
  type Playback,
  PlaybackError,
  type PlaybackEvents,
} from '../playback.ts';

/** Where WebRTC is signalled (WHEP, draft-ietf-wish-whep). */
export interface WhepSource {
  readonly url: string;
  /** Value of the `Authorization` header; undefined for a page that is signed in by its cookie. */
  readonly authorization: string | undefined;
  /** Whether the sound is wanted. */
  readonly audio: boolean;
}

/** Milliseconds to the first picture: a network without UDP is noticed by nothing else. */
const FIRST_PICTURE_MS = 4000;
/** Milliseconds that a lost connection may take to come back. */
const LOST_MS = 3000;

/** WebRTC by WHEP: the least delay there is. */
export function whepPlayback(source: WhepSource): OpenPlayback<HTMLVideoElement> {
  return async (video, events) => {
    if (typeof RTCPeerConnection === 'undefined') throw new PlaybackError('unsupported');
    const playback = new WhepPlayback(video, source, events);
    await playback.opened;
    return playback;
  };
}

class WhepPlayback implements Playback {
  readonly #attempt: Attempt;
  readonly #video: HTMLVideoElement;
  readonly #source: WhepSource;
  readonly #events: PlaybackEvents;
  readonly #peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  readonly #stream = new MediaStream();
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #session: string | undefined;
  #latency: number | null = null;
  #bytes = 0;
  #delayBefore = { seconds: 0, frames: 0 };

  constructor(video: HTMLVideoElement, source: WhepSource, events: PlaybackEvents) {
    this.#video = video;
    this.#source = source;
    this.#events = events;
    this.#attempt = new Attempt(events, () => this.#release());
    this.#peer.addEventListener('track', ({ track, receiver }) => {
      // The server smooths nothing that would need a buffer here; browsers that have no such knob ignore it.
      Object.assign(receiver, { jitterBufferTarget: 0, playoutDelayHint: 0 });
      this.#stream.addTrack(track);
    });
    this.#peer.addEventListener('connectionstatechange', this.#onState);
    video.addEventListener('loadeddata', this.#onPicture);
    this.#signal().catch((error: unknown) => this.#refused(error));
  }

  /** Resolves with the first picture. */
  get opened(): Promise<void> {
    return this.#attempt.opened;
  }

  latency(): number | null {
    return this.#latency;
  }

  received(): number {
    return this.#bytes;
  }

  keepUp(): void {
    this.#peer.getStats().then(
      (report) => this.#measure(report),
      () => undefined,
    );
  }

  /** There is nothing to fall behind with. */
  toLiveEdge(): void {
    this.#video.srcObject = this.#stream;
  }

  close(): void {
    this.#attempt.close();
  }

  async #signal(): Promise<void> {
    this.#peer.addTransceiver('video', { direction: 'recvonly' });
    if (this.#source.audio) this.#peer.addTransceiver('audio', { direction: 'recvonly' });
    await this.#peer.setLocalDescription();
    const answer = await this.#request('POST', this.#source.url, this.#peer.localDescription?.sdp ?? '');
    const location = answer.headers.get('location');
    if (location !== null) this.#session = new URL(location, answer.url).href;
    if (this.#attempt.over) {
      await this.#hangUp();
      return;
    }
    const sdp = await answer.text();
    await this.#peer.setRemoteDescription({ type: 'answer', sdp });
    this.#events.onAudio(/^m=audio [1-9]/m.test(sdp) && !/^a=inactive/m.test(sectionOf(sdp, 'audio')));
    this.#video.srcObject = this.#stream;
    this.#timer = setTimeout(() => this.#attempt.fail('network'), FIRST_PICTURE_MS);
  }

  async #request(method: string, url: string, body: string | null): Promise<Response> {
    const { authorization } = this.#source;
    const headers = new Headers(body === null ? {} : { 'content-type': 'application/sdp' });
    const csrf = authorization === undefined ? csrfToken(document.cookie) : undefined;
    if (authorization !== undefined) headers.set('authorization', authorization);
    // A session in a cookie changes nothing without it; other sites get none of ours.
    if (csrf !== undefined && new URL(url, location.href).origin === location.origin) {
      headers.set('x-csrf-token', csrf);
    }
    const signal = method === 'DELETE' ? null : this.#abort.signal;
    const answer = await fetch(url, { method, headers, body, signal, keepalive: method === 'DELETE' });
    if (answer.ok) return answer;
    throw new PlaybackError(faultOfStatus(answer.status), { reason: reasonOf(await answer.text()) });
  }

  #refused(error: unknown): void {
    const known = error instanceof PlaybackError ? error : new PlaybackError('network', { cause: error });
    this.#attempt.refuse(known);
  }

  readonly #onPicture = (): void => {
    clearTimeout(this.#timer);
    this.#attempt.picture();
  };

  readonly #onState = (): void => {
    const { connectionState } = this.#peer;
    if (connectionState === 'failed' || connectionState === 'closed') this.#attempt.fail('network');
    if (!this.#attempt.shown) return;
    clearTimeout(this.#timer);
    if (connectionState === 'disconnected')
      this.#timer = setTimeout(() => this.#attempt.fail('network'), LOST_MS);
  };

  /** The delay that the browser adds, and half the way to the server and back. */
  #measure(report: RTCStatsReport): void {
    const entries = [...report.values()] as Record<string, unknown>[];
    const number = (type: string, name: string): number =>
      Number(entries.find((entry) => entry['type'] === type && entry['kind'] !== 'audio')?.[name] ?? 0);
    this.#bytes = number('transport', 'bytesReceived');
    const seconds = number('inbound-rtp', 'jitterBufferDelay') + number('inbound-rtp', 'totalDecodeTime');
    const frames = number('inbound-rtp', 'jitterBufferEmittedCount');
    const before = this.#delayBefore;
    this.#delayBefore = { seconds, frames };
    const trip = number('candidate-pair', 'currentRoundTripTime');
    if (frames > before.frames)
      this.#latency = (seconds - before.seconds) / (frames - before.frames) + trip / 2;
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
    // First the session: a peer that says good-bye by itself takes the session with it, which is then not found.
    void this.#hangUp().finally(() => this.#peer.close());
    this.#video.removeEventListener('loadeddata', this.#onPicture);
    this.#peer.removeEventListener('connectionstatechange', this.#onState);
    this.#video.srcObject = null;
  }

  async #hangUp(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    // The server ends a session that goes quiet by itself.
    await this.#request('DELETE', session, null).catch(() => undefined);
  }
}

/** The media section of one kind. */
const sectionOf = (sdp: string, kind: string): string =>
  sdp.split(/^(?=m=)/m).find((section) => section.startsWith(`m=${kind}`)) ?? '';

/** What an error answer says to people; undefined when it is not one of ours. */
function reasonOf(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    return typeof error?.message === 'string' ? error.message : undefined;
  } catch {
    return undefined;
  }
}
