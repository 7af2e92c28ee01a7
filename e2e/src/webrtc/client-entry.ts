// What the bundle of `client-in-page.ts` holds: the client as partners use it, with mediasoup-client as it is published.
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
  watching.onstate = (state) => states.push(state);
  video.srcObject = watching.stream;
  while (facts().frames === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  return performance.now() - began;
}

export function facts(): { frames: number; states: string[]; connections: number } {
  const { totalVideoFrames: frames } = video.getVideoPlaybackQuality();
  return { frames, states: [...states], connections: watching.connections };
}

export const leave = (): Promise<void> => watching.close();
