interface Sender {
  readonly track: { readonly kind: string } | null;
}

interface OwnCodec {
  readonly mimeType: string;
}

interface Transceiver {
  readonly sender: Sender;
  setCodecPreferences(codecs: readonly OwnCodec[]): void;
}

interface PublishingPeer {
  readonly connectionState: string;
  readonly localDescription: { readonly sdp: string };
  addTrack(track: unknown, media: unknown): Sender;
  addTransceiver(kind: 'video', init: { direction: 'recvonly' }): Transceiver;
  getTransceivers(): readonly Transceiver[];
  createOffer(): Promise<unknown>;
  setLocalDescription(description: unknown): Promise<void>;
  setRemoteDescription(description: { type: 'answer'; sdp: string }): Promise<void>;
  getStats(): Promise<ReadonlyMap<string, Record<string, unknown>>>;
  close(): void;
}

interface Page {
  RTCPeerConnection: new () => PublishingPeer;
  RTCRtpReceiver: { getCapabilities(kind: 'video'): { codecs: readonly OwnCodec[] } };
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
  /** The only way in which the picture is offered, such as `video/AV1`; all of the browser's when absent. */
  readonly codec?: string | undefined;
}

export interface Published extends SignalAnswer {
  /** Of the publishers on this page. */
  readonly index: number;
}

/** Runs in the page: publishes the browser's camera with its own means; `signal` of the page speaks WHIP. */
export async function publishByWhip(request: PublishRequest): Promise<Published> {
  const { path, key, only, port, sound, codec } = request;
  const page = globalThis as unknown as Page;
  // Coding AV1 takes a processor of its own where pictures are large.
  const size = codec === undefined ? { width: 640, height: 480 } : { width: 320, height: 240 };
  const wish = { video: { ...size, frameRate: 25 }, audio: sound };
  const media = await page.navigator.mediaDevices.getUserMedia(wish);
  const peer = new page.RTCPeerConnection();
  for (const track of media.getTracks()) peer.addTrack(track, media);
  const offered = page.RTCRtpReceiver.getCapabilities('video').codecs;
  if (codec !== undefined)
    for (const each of peer.getTransceivers())
      if (each.sender.track?.kind === 'video')
        each.setCodecPreferences(offered.filter(({ mimeType }) => mimeType === codec));
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

export interface Watched {
  readonly status: number;
  readonly codec: string | undefined;
  readonly width: number;
  readonly height: number;
}

/** Runs in the page: watches a stream by WHEP until `pictures` were decoded, or 10 s. */
export async function watchBack([path, key, pictures]: readonly [string, string, number]): Promise<Watched> {
  const page = globalThis as unknown as Page;
  const peer = new page.RTCPeerConnection();
  peer.addTransceiver('video', { direction: 'recvonly' });
  await peer.setLocalDescription(await peer.createOffer());
  const { status, answer } = await page.signal(path, key, peer.localDescription.sdp);
  if (status !== 201) return { status, codec: answer, width: 0, height: 0 };
  await peer.setRemoteDescription({ type: 'answer', sdp: answer });
  const until = performance.now() + 10_000;
  for (;;) {
    const stats = await peer.getStats();
    const seen = [...stats.values()].find(({ type }) => type === 'inbound-rtp') ?? {};
    const codec = stats.get(String(seen['codecId']))?.['mimeType'];
    if (Number(seen['framesDecoded']) >= pictures || performance.now() > until) {
      peer.close();
      const [width, height] = [Number(seen['frameWidth']), Number(seen['frameHeight'])];
      const decoded = Number(seen['framesDecoded']) >= pictures;
      return { status, codec: decoded ? String(codec) : undefined, width, height };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
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
