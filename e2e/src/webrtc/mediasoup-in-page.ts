import type { PageVideo } from '../harness/in-page.ts';

interface Consumer {
  readonly track: unknown;
  readonly kind: string;
}

interface RecvTransport {
  readonly connectionState: string;
  on(
    event: 'connect',
    listener: (given: { dtlsParameters: unknown }, done: () => void, failed: (error: Error) => void) => void,
  ): void;
  consume(options: unknown): Promise<Consumer>;
  getStats(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  close(): void;
}

interface Page {
  readonly mediasoupClient: {
    Device: new () => {
      readonly recvRtpCapabilities: unknown;
      load(options: { routerRtpCapabilities: unknown }): Promise<void>;
      createRecvTransport(options: unknown): RecvTransport;
    };
  };
  /** The engine's door, asked by the test for the page. */
  door(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  MediaStream: new () => { addTrack(track: unknown): void };
  readonly document: {
    readonly body: { append(element: unknown): void };
    createElement(name: 'video'): PageVideo & Record<string, unknown>;
  };
  transport: RecvTransport;
}

interface Opened {
  readonly consumer_id: string;
  readonly transport: { readonly iceCandidates: readonly { readonly protocol: string }[] };
  readonly consumers: readonly unknown[];
}

export interface Consuming {
  readonly consumerId: string;
  readonly kinds: readonly string[];
  /** Milliseconds from the answer to `consume` to the first picture. */
  readonly toPictureMs: number;
}

/** Runs in the page: a client's whole way from its device to the first picture. */
export async function consumeInPage(only: 'udp' | 'tcp'): Promise<Consuming> {
  const page = globalThis as unknown as Page;
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await page.door(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer.body;
  };
  const device = new page.mediasoupClient.Device();
  await device.load({ routerRtpCapabilities: await ask('GET', '/rtp-capabilities') });
  const opened = (await ask('POST', '', { rtpCapabilities: device.recvRtpCapabilities })) as Opened;
  const answered = performance.now();
  const iceCandidates = opened.transport.iceCandidates.filter(({ protocol }) => protocol === only);
  const transport = device.createRecvTransport({ ...opened.transport, iceCandidates });
  transport.on('connect', ({ dtlsParameters }, done, failed) => {
    ask('POST', `/${opened.consumer_id}/connect`, { dtlsParameters }).then(() => done(), failed);
  });
  page.transport = transport;
  const media = new page.MediaStream();
  const video = page.document.createElement('video');
  Object.assign(video, { muted: true, autoplay: true, playsInline: true, srcObject: media });
  page.document.body.append(video);
  const picture = new Promise<number>((resolve) => {
    video.requestVideoFrameCallback((now) => resolve(now - answered));
  });
  const kinds: string[] = [];
  for (const options of opened.consumers) {
    const consumer = await transport.consume(options);
    kinds.push(consumer.kind);
    media.addTrack(consumer.track);
  }
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no picture: ${transport.connectionState}`)), 15_000);
  });
  return { consumerId: opened.consumer_id, kinds, toPictureMs: await Promise.race([picture, late]) };
}

export interface ConsumedFacts {
  readonly frames: number;
  readonly protocol: unknown;
}

/** Runs in the page: what the browser says of the transport. */
export async function consumedFacts(): Promise<ConsumedFacts> {
  const stats = [...(await (globalThis as unknown as Page).transport.getStats()).values()];
  const inbound = stats.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
  const pair = stats.find(({ type, nominated }) => type === 'candidate-pair' && nominated === true);
  const remote = stats.find(({ id }) => id === pair?.['remoteCandidateId']);
  return { frames: Number(inbound?.['framesDecoded'] ?? 0), protocol: remote?.['protocol'] };
}

/** Runs in the page. */
export function closeTransport(): void {
  (globalThis as unknown as Page).transport.close();
}
