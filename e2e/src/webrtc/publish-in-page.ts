interface Sender {
  readonly track: { readonly kind: string } | null;
}

interface PublishingPeer {
  readonly connectionState: string;
  readonly localDescription: { readonly sdp: string };
  addTrack(track: unknown, media: unknown): Sender;
  createOffer(): Promise<unknown>;
  setLocalDescription(description: unknown): Promise<void>;
  setRemoteDescription(description: { type: 'answer'; sdp: string }): Promise<void>;
  getStats(): Promise<ReadonlyMap<string, Record<string, unknown>>>;
  close(): void;
}

interface Page {
  RTCPeerConnection: new () => PublishingPeer;
  navigator: { mediaDevices: { getUserMedia(wish: object): Promise<{ getTracks(): unknown[] }> } };
  publishers: PublishingPeer[];
  signal(path: string, key: string, offer: string): Promise<SignalAnswer>;
}

/** What the server said to an offer. */
export interface SignalAnswer {
  readonly status: number;
  readonly location: string;
  readonly etag: string;
  readonly answer: string;
}

export interface PublishRequest {
  readonly path: string;
  readonly key: string;
  readonly only: 'udp' | 'tcp' | undefined;
  /** In place of the port that the answer names. */
  readonly port: number | undefined;
  readonly sound: boolean;
}

export interface Published extends SignalAnswer {
  /** Of the publishers on this page. */
  readonly index: number;
}

/** Runs in the page: publishes the browser's camera with its own means; `signal` of the page speaks WHIP. */
export async function publishByWhip({ path, key, only, port, sound }: PublishRequest): Promise<Published> {
  const page = globalThis as unknown as Page;
  const wish = { video: { width: 640, height: 480, frameRate: 25 }, audio: sound };
  const media = await page.navigator.mediaDevices.getUserMedia(wish);
  const peer = new page.RTCPeerConnection();
  for (const track of media.getTracks()) peer.addTrack(track, media);
  await peer.setLocalDescription(await peer.createOffer());
  const facts = await page.signal(path, key, peer.localDescription.sdp);
  page.publishers ??= [];
  page.publishers.push(peer);
  const index = page.publishers.length - 1;
  if (facts.status !== 201) return { index, ...facts };
  const lines = facts.answer
    .split('\r\n')
    .filter((line) => !only || !line.startsWith('a=candidate') || line.includes(` ${only} `))
    .map((line) => (port ? line.replace(/^(a=candidate:\S+ 1 udp \d+ \S+) \d+/, `$1 ${port}`) : line));
  await peer.setRemoteDescription({ type: 'answer', sdp: lines.join('\r\n') });
  return { index, ...facts };
}

export interface PublisherFacts {
  readonly state: string;
  readonly protocol: string;
  readonly codecs: readonly string[];
  readonly frames: number;
  readonly keyFrames: number;
  readonly plis: number;
  readonly nacks: number;
  readonly repeats: number;
  /** From our reports: lost packets and, in seconds, the round trip. */
  readonly lost: number;
  readonly roundTrip: number | undefined;
}

/** Runs in the page: what the browser says of a publisher. */
export async function publisherFacts(index: number): Promise<PublisherFacts> {
  const peer = (globalThis as unknown as Page).publishers[index]!;
  const stats = [...(await peer.getStats()).values()];
  const of = (type: string) => stats.filter((entry) => entry['type'] === type);
  const out = of('outbound-rtp').find(({ kind }) => kind === 'video') ?? {};
  const report = of('remote-inbound-rtp').find(({ kind }) => kind === 'video');
  const pair = of('candidate-pair').find(({ nominated }) => nominated);
  const remote = stats.find(({ id }) => id === pair?.['remoteCandidateId']);
  return {
    state: peer.connectionState,
    protocol: String(remote?.['protocol']),
    codecs: of('codec').map(({ mimeType }) => String(mimeType)),
    frames: Number(out['framesSent'] ?? 0),
    keyFrames: Number(out['keyFramesEncoded'] ?? 0),
    plis: Number(out['pliCount'] ?? 0),
    nacks: Number(out['nackCount'] ?? 0),
    repeats: Number(out['retransmittedPacketsSent'] ?? 0),
    lost: Number(report?.['packetsLost'] ?? 0),
    roundTrip: report?.['roundTripTime'] as number | undefined,
  };
}

/** Runs in the page: stops as a browser does when its tab is closed. */
export function stopPublishing(index: number): void {
  (globalThis as unknown as Page).publishers[index]!.close();
}
