import type { PageGlobal, PageVideo } from '../harness/in-page.ts';

interface PeerConnection {
  readonly connectionState: string;
  readonly localDescription: { readonly sdp: string };
  addTransceiver(kind: 'video' | 'audio', init: { direction: 'recvonly' }): void;
  createOffer(): Promise<unknown>;
  setLocalDescription(description: unknown): Promise<void>;
  setRemoteDescription(description: { type: 'answer'; sdp: string }): Promise<void>;
  addEventListener(name: 'track', listener: (event: { track: unknown }) => void): void;
  getStats(): Promise<ReadonlyMap<string, StatsEntry>>;
  close(): void;
}

interface StatsEntry {
  readonly type: string;
  readonly id: string;
  readonly kind?: string;
  readonly nominated?: boolean;
  readonly localCandidateId?: string;
  readonly remoteCandidateId?: string;
  readonly protocol?: string;
  readonly address?: string;
  readonly codecId?: string;
  readonly mimeType?: string;
  readonly sdpFmtpLine?: string;
  readonly framesDecoded?: number;
  readonly packetsLost?: number;
  readonly packetsReceived?: number;
  readonly retransmittedPacketsReceived?: number;
  readonly pliCount?: number;
  readonly totalSamplesReceived?: number;
  readonly [name: string]: unknown;
}

interface Page {
  RTCPeerConnection: new () => PeerConnection;
  MediaStream: new () => { addTrack(track: unknown): void };
  readonly document: {
    readonly body: { append(element: unknown): void };
    createElement(name: 'video'): PageVideo & Record<string, unknown>;
  };
  viewers: Viewer[];
}

interface Viewer {
  readonly peer: PeerConnection;
  readonly video: PageVideo;
  readonly location: string;
}

export interface WatchRequest {
  readonly path: string;
  readonly token: string;
  readonly only?: 'udp' | 'tcp' | undefined;
  /** In place of the UDP port that the answer names. */
  readonly port?: number | undefined;
}

export interface Watching {
  /** Of the viewers on this page. */
  readonly index: number;
  readonly location: string;
  readonly etag: string | null;
  readonly answer: string;
  /** Milliseconds from the answer to the first picture on the screen. */
  readonly toPictureMs: number;
}

/** Runs in the page: watches a stream by WHEP with the browser's own means; resolves with the first picture. */
export async function watchByWhep({ path, token, only, port }: WatchRequest): Promise<Watching> {
  const page = globalThis as unknown as Page;
  const peer = new page.RTCPeerConnection();
  peer.addTransceiver('video', { direction: 'recvonly' });
  peer.addTransceiver('audio', { direction: 'recvonly' });
  const media = new page.MediaStream();
  const video = page.document.createElement('video');
  Object.assign(video, { muted: true, autoplay: true, playsInline: true, srcObject: media });
  page.document.body.append(video);
  peer.addEventListener('track', ({ track }) => media.addTrack(track));
  await peer.setLocalDescription(await peer.createOffer());
  const response = await fetch(path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' },
    body: peer.localDescription.sdp,
  });
  const answer = await response.text();
  if (response.status !== 201) throw new Error(`${response.status} ${answer}`);
  const lines = answer
    .split('\r\n')
    .map((line) => (port ? line.replace(/^(a=candidate:\S+ 1 udp \d+ \S+) \d+/, `$1 ${port}`) : line));
  const kept = lines.filter((line) => !only || !line.startsWith('a=candidate') || line.includes(` ${only} `));
  const answered = performance.now();
  const picture = new Promise<number>((resolve) => {
    video.requestVideoFrameCallback((now) => resolve(now - answered));
  });
  await peer.setRemoteDescription({ type: 'answer', sdp: kept.join('\r\n') });
  const toPictureMs = await Promise.race([
    picture,
    new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error(`no picture: ${peer.connectionState}`)), 15_000),
    ),
  ]);
  page.viewers ??= [];
  const location = response.headers.get('location') ?? '';
  page.viewers.push({ peer, video, location });
  const index = page.viewers.length - 1;
  return { index, location, etag: response.headers.get('etag'), answer, toPictureMs };
}

export interface PeerFacts {
  readonly state: string;
  readonly protocol: string;
  readonly codec: string;
  readonly fmtp: string;
  readonly frames: number;
  readonly lost: number;
  readonly repaired: number;
  readonly plis: number;
  readonly sounds: number;
  readonly size: readonly [number, number];
}

/** Runs in the page: what the browser says of a viewer. */
export async function peerFacts(index: number): Promise<PeerFacts> {
  const { peer, video } = (globalThis as unknown as Page).viewers[index]!;
  const stats = [...(await peer.getStats()).values()];
  const of = (type: string, kind?: string) =>
    stats.find((entry) => entry.type === type && (kind === undefined || entry.kind === kind));
  const inbound = of('inbound-rtp', 'video');
  const codec = stats.find(({ id }) => id === inbound?.codecId);
  const pair = stats.find(({ type, nominated }) => type === 'candidate-pair' && nominated);
  const remote = stats.find(({ id }) => id === pair?.remoteCandidateId);
  return {
    state: peer.connectionState,
    protocol: remote?.protocol ?? '',
    codec: codec?.mimeType ?? '',
    fmtp: codec?.sdpFmtpLine ?? '',
    frames: inbound?.framesDecoded ?? 0,
    lost: inbound?.packetsLost ?? 0,
    repaired: inbound?.retransmittedPacketsReceived ?? 0,
    plis: inbound?.pliCount ?? 0,
    sounds: of('inbound-rtp', 'audio')?.packetsReceived ?? 0,
    size: [video.videoWidth, video.videoHeight],
  };
}

/** Runs in the page: leaves as a browser does when its tab is closed. */
export function leave(index: number): void {
  (globalThis as unknown as Page).viewers[index]!.peer.close();
}

/** What a picture's clock shows, in milliseconds of the minute, and when it was on the screen. */
export interface Sight {
  readonly shown: number | undefined;
  readonly utc: number;
}

interface ClockPage extends Page {
  look(video: PageVideo): Promise<Sight>;
  readClockBar(pixels: { data: Uint8ClampedArray; width: number; height: number }): number | undefined;
}

/** Runs in the page before anything else: reads the clock of the next picture of a video. */
export function installClock(): void {
  const page = globalThis as unknown as ClockPage;
  const { document } = globalThis as unknown as PageGlobal;
  page.look = (video) =>
    new Promise((resolve) => {
      video.requestVideoFrameCallback((_now, facts) => {
        const { presentationTime } = facts as unknown as { presentationTime: number };
        const canvas = document.createElement('canvas');
        const [width, height] = [video.videoWidth, video.videoHeight];
        Object.assign(canvas, { width, height });
        const context = canvas.getContext('2d', { willReadFrequently: true });
        context.drawImage(video, 0, 0, width, height);
        const utc = Date.now() + (presentationTime - performance.now());
        const { data } = context.getImageData(0, 0, width, height);
        resolve({ shown: page.readClockBar({ data, width, height }), utc });
      });
    });
}

/** Runs in the page. */
export function readClock(index: number): Promise<Sight> {
  const page = globalThis as unknown as ClockPage;
  return page.look(page.viewers[index]!.video);
}
