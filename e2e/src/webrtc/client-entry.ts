// What `partnerBundle` holds: the client as partners use it, with mediasoup-client as it is published.
import { type ConsumeDevice, NightjarClient, type Watching } from '@nightjar/client';
import { Device } from 'mediasoup-client';

interface Picture {
  srcObject: unknown;
  muted: boolean;
  autoplay: boolean;
  getVideoPlaybackQuality(): { totalVideoFrames: number };
}
const page = globalThis as unknown as {
  document: { body: { append(element: unknown): void }; createElement(name: 'video'): Picture };
};

export interface Credentials {
  base: string;
  clientId: string;
  clientSecret: string;
}

let watching: Watching;
let port: number | undefined;
let video: Picture;
const states: string[] = [];
let noticed: number | undefined;
let refusal: number | undefined;

/** A device of mediasoup-client whose media go by another port of this machine. */
function detour(): ConsumeDevice {
  const device = new Device();
  const by = port;
  if (by === undefined) return device;
  return {
    get recvRtpCapabilities() {
      return device.recvRtpCapabilities;
    },
    load: (options) => device.load(options),
    createRecvTransport(given) {
      const options = given as Parameters<Device['createRecvTransport']>[0];
      const udp = options.iceCandidates.filter(({ protocol }) => protocol === 'udp');
      return device.createRecvTransport({
        ...options,
        iceCandidates: udp.map((one) => ({ ...one, port: by })),
      });
    },
  };
}

/** Media of the next connections go by another port of this machine, or by their own. */
export function goBy(other?: number): void {
  port = other;
}

/** Begins to watch; milliseconds from the call to the first picture. */
export async function watch(credentials: Credentials, streamId: string): Promise<number> {
  video = page.document.createElement('video');
  Object.assign(video, { muted: true, autoplay: true, playsInline: true });
  page.document.body.append(video);
  const client = new NightjarClient(credentials);
  const began = performance.now();
  watching = await client.consume(streamId, { device: () => detour() });
  states.splice(0, states.length, watching.state);
  watching.onstate = (state, error) => {
    states.push(state);
    if (state === 'connecting') noticed ??= performance.now() - marked;
    if (state === 'refused') refusal = (error as { status?: number }).status;
  };
  video.srcObject = watching.stream;
  while (facts().frames === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  return performance.now() - began;
}

export function facts(): { frames: number; states: string[]; connections: number } {
  const { totalVideoFrames: frames } = video.getVideoPlaybackQuality();
  return { frames, states: [...states], connections: watching.connections };
}

/** One way in, asked again and again. */
interface Followed {
  /** When it last answered as it should, and the longest it did not, since `mark`. */
  last: number;
  longest: number;
  /** Statuses of refusals since `mark`, and when the first came. */
  refused: number[];
  refusedAt: number | undefined;
}

const followed: Record<'webrtc' | 'hls' | 'rest', Followed> = {
  webrtc: fresh(),
  hls: fresh(),
  rest: fresh(),
};
let marked = 0;

function fresh(): Followed {
  return { last: performance.now(), longest: 0, refused: [], refusedAt: undefined };
}

function answered(way: Followed): void {
  const now = performance.now();
  way.longest = Math.max(way.longest, now - Math.max(way.last, marked));
  way.last = now;
}

/** Asks as the client of partners does, until the page goes. */
async function again(way: Followed, everyMs: number, look: () => Promise<boolean>): Promise<void> {
  for (;;) {
    try {
      if (await look()) answered(way);
    } catch (error) {
      const { status = 0 } = error as { status?: number };
      way.refused.push(status);
      way.refusedAt ??= performance.now() - marked;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Watches by WebRTC, HLS and REST at once. */
export async function follow(credentials: Credentials, streamId: string): Promise<void> {
  await watch(credentials, streamId);
  const client = new NightjarClient(credentials);
  const hls = await client.hls(streamId);
  let frames = 0;
  let segment = '';
  void again(followed.webrtc, 50, async () => {
    const before = frames;
    frames = facts().frames;
    if (watching.state === 'refused') throw Object.assign(new Error('refused'), { status: refusal });
    // What the page still had is shown when its connection is let go.
    return frames > before && watching.state === 'playing';
  });
  void again(followed.hls, 200, async () => {
    const before = segment;
    const playlist = await (await hls.fetch(hls.url)).text();
    segment = playlist.trim().split('\n').at(-1)!;
    if (segment === before) return false;
    await (await hls.fetch(new URL(segment, hls.url).href)).arrayBuffer();
    return true;
  });
  void again(followed.rest, 100, async () => (await client.stream(streamId)).id === streamId);
}

/** Something happens now. */
export function mark(): void {
  marked = performance.now();
  states.splice(0, states.length);
  noticed = undefined;
  for (const way of Object.values(followed))
    Object.assign(way, { longest: 0, refused: [], refusedAt: undefined });
}

/** What came of it so far; milliseconds since the mark. */
export function outcome() {
  const now = performance.now();
  const since = (way: Followed) => ({
    ...way,
    silent: now - Math.max(way.last, marked),
    last: way.last - marked,
  });
  const { webrtc, hls, rest } = followed;
  return { noticed, states: [...states], webrtc: since(webrtc), hls: since(hls), rest: since(rest) };
}

export const leave = (): Promise<void> => watching.close();
