import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import {
  type DesiredState,
  engineSocketPath,
  type Fact,
  type Hello,
  LINK_VERSION,
  linkKeyPath,
} from '@nightjar/contract/link';
import { surroundingsOf } from '@nightjar/contract/outbound';
import { type Clock, type MediaStream, SlabPool, systemClock } from '@nightjar/media/stream';
import { carryOut } from './carry-out.ts';
import { createDoor, isViewersSocket, listenOnSocket } from './door/index.ts';
import { Inference } from './inference/index.ts';
import { type EngineSettings, type Log, Pace, receiveRoom, SealedFile, sharedKey } from './kernel/index.ts';
import { LinkServer } from './link/index.ts';
import { DoorCertificate, rtmpListener, rtspListener } from './listeners/index.ts';
import { openLower } from './lower/index.ts';
import { pictureRooms } from './mjpeg/index.ts';
import { cameraSockets, pushSockets, storeGuard } from './outbound/index.ts';
import { DistantFootage, fileStore, Playback } from './playback/index.ts';
import { joined, Prerolls } from './preroll/index.ts';
import { Probes } from './probe/index.ts';
import { StreamProxy } from './proxy/index.ts';
import { Pushes } from './pushes/index.ts';
import { Digests, Footage, fileStorage, hotFolder } from './recorder/index.ts';
import { type Readable, soundRendition, webRtcCarries } from './sound/index.ts';
import { Publishers, type StartSource, sourceTable } from './sources/index.ts';
import { Convergence, type EngineStream, StreamRegistry } from './streams/index.ts';
import { Viewers } from './viewers/index.ts';
import { forkVision, Vision } from './vision/index.ts';
import { WebRtcWorkers } from './webrtc/index.ts';

const METRICS_INTERVAL = 2_000;

/** A started engine. */
export interface Engine {
  /** Ends viewers, writes what is in hand, closes files and sockets. */
  close(): Promise<void>;
}

/** What is behind the doors. */
interface Rooms {
  readonly watching: Viewers;
  readonly publishers: Publishers;
  readonly registry: StreamRegistry;
  readonly sources: ReadonlyMap<string, StartSource>;
  readonly convergence: Convergence;
  readonly link: LinkServer;
  readonly playback: Playback;
  readonly prerolls: Prerolls;
  readonly digests: Digests;
  readonly pushes: Pushes;
  readonly inference: Inference;
}

function openRooms(
  { dataDir }: EngineSettings,
  around: { key: Buffer; clock: Clock; log: Log; vision: Vision; ports: () => Hello['ports'] },
): Rooms {
  const { key, clock, log, vision, ports } = around;
  const memory = new SealedFile(join(dataDir, 'engine', 'desired.sealed'), key, log);
  const fact = (fact: Fact): void => {
    link.fact(fact);
    digests.observe(fact);
  };
  const watching: Viewers = new Viewers({
    clock,
    fact,
    allowed: async (streamId, proof, unblurred) => {
      const verdict = await link.judge(streamId, proof);
      const original = unblurred && registry.get(streamId)?.privacy !== undefined;
      return verdict?.allowed && (!original || verdict.unblurred === true);
    },
    onCount: (streamId, count) => registry.get(streamId)?.watched(count),
    log,
  });
  const publishers = new Publishers(() => registry.takeover);
  const sources = sourceTable(
    cameraSockets(() => registry.outbound, surroundingsOf(networkInterfaces())),
    publishers,
    { containers: vision.containers, folder: () => registry.filesPath },
  );
  const registry: StreamRegistry = new StreamRegistry({
    clock,
    pool: new SlabPool(),
    storage: fileStorage,
    sources,
    random: Math.random,
    random32: () => randomBytes(4).readUInt32BE(),
    cover: vision,
    fact,
    log,
  });
  const probes = new Probes({ sources, pool: new SlabPool(), clock, log });
  const digests = new Digests({
    ...{ storage: fileStorage, clock, fact, log },
    basePath: () => registry.basePath,
  });
  const footage = new Footage({ storage: fileStorage, fact, log });
  const pushes = openPushes({ registry, clock, fact, log });
  const media = (id: string): MediaStream | undefined => registry.get(id, true)?.media;
  const inference = new Inference({ clock, fact, vision, media, tell: (seen) => link.tell(seen) });
  const converging = converge(registry, [pushes, inference]);
  const convergence = new Convergence({ registry: converging, footage, memory, log });
  const prerolls = openPrerolls({ registry, convergence, clock, log });
  const link: LinkServer = new LinkServer({
    key,
    clock,
    hello: greeting({ registry, watching, pushes }, ports),
    onDesired: (desired) => void [convergence, prerolls].map((each) => each.desire(desired)),
    onKeepFootage: (id, seconds) => registry.recorded(id)?.keepFootage(seconds),
    onCommand: (command) => carryOut(command, { footage, convergence, registry, probes }),
    log,
  });
  const more = { digests, prerolls, inference, playback: openPlayback({ registry, prerolls, link, clock }) };
  return { watching, pushes, publishers, registry, sources, convergence, link, ...more };
}

/** The streams first, then what hangs on them. */
const converge = (registry: StreamRegistry, others: readonly { apply(desired: DesiredState): void }[]) => ({
  apply: (desired: DesiredState) => void [registry, ...others].map((each) => each.apply(desired)),
  settled: () => registry.settled(),
});

/** The newest seconds of streams that are not recorded. */
function openPrerolls(parts: {
  registry: StreamRegistry;
  convergence: Convergence;
  clock: Clock;
  log: Log;
}): Prerolls {
  const { registry, convergence, clock, log } = parts;
  return new Prerolls({
    ...{ clock, log, pool: new SlabPool() },
    media: (id) => registry.get(id)?.media,
    covered: (id) => registry.get(id)?.privacy !== undefined,
    settled: () => convergence.settled(),
  });
}

/** Footage wherever it lies. */
function openPlayback(parts: {
  registry: StreamRegistry;
  prerolls: Prerolls;
  link: LinkServer;
  clock: Clock;
}): Playback {
  const { registry, prerolls, link, clock } = parts;
  return new Playback({
    store: fileStore,
    recent: joined(fileStore, prerolls.footage.store),
    folder: (id) => registry.basePath && hotFolder(registry.basePath, id),
    unseal: (question) => link.unseal(question),
    others: (id) => registry.otherFolders(id),
    distant: new DistantFootage({
      wanted: () => registry.distant,
      where: (id, start, end) => link.where(id, start, end),
      guard: storeGuard(() => registry.outbound, surroundingsOf(networkInterfaces())),
      clock,
    }),
  });
}

/** Streams on their way to servers outside. */
function openPushes(parts: {
  registry: StreamRegistry;
  clock: Clock;
  fact: (fact: Fact) => void;
  log: Log;
}): Pushes {
  const { registry, fact, ...more } = parts;
  return new Pushes({
    ...more,
    stream: (id) => registry.get(id),
    connect: pushSockets(() => registry.outbound, surroundingsOf(networkInterfaces())),
    random: Math.random,
    told: fact,
  });
}

/** Puts the rooms together and opens the doors; streams come with the desired state. */
export async function startEngine(settings: EngineSettings, log: Log): Promise<Engine> {
  const { dataDir } = settings;
  const clock = systemClock;
  const key = await sharedKey(linkKeyPath(dataDir));
  const vision = new Vision({ start: forkVision, clock, log });
  const rooms = openRooms(settings, {
    ...{ key, clock, log, vision },
    ports: () => ({ rtsp: rtsp.port, rtmp: rtmp.port, webrtc: webrtc.ports[0] }),
  });
  const { watching, publishers, pushes, registry, sources, convergence, link, playback } = rooms;

  const room = await receiveRoom();
  const pace = new Pace({ room, load: () => ({ ...registry.load, viewers: watching.total + pushes.live }) });
  const stream = (id: string, unblurred?: boolean): EngineStream | undefined => {
    pace.attend();
    return registry.get(id, unblurred);
  };
  const viewing = { clock, key, stream, log };
  const webrtc = new WebRtcWorkers({
    ...{ settings: webrtcSettings(settings), workers: settings.webrtcWorkers },
    ...{ viewers: watching, publishers, clock, log },
    told: (fact) => link.fact(fact),
    rendition: renditionForPeers(vision, clock),
  });
  const pictures = pictureRooms(vision, { clock, footage: playback });
  const proxy = new StreamProxy({ key, sources, hubs: pictures.hubs, pool: new SlabPool(), clock, log });
  const lower = openLower(vision, clock);
  const door = createDoor({ ...viewing, playback, viewers: watching, webrtc, pictures, proxy, lower });
  const judge: LinkServer['judge'] = (streamId, shown) => link.judgeShown(streamId, shown);
  const tls = new DoorCertificate({ wanted: () => registry.tls, log }).context;
  const atPath = (path: string) => registry.atPath(path);
  const listening = { ...viewing, tls, judge, viewers: watching, publishers, atPath };
  const { rtspPort, rtspUdpPort, rtspHost, rtmpPort, rtmpHost } = settings;
  const rtsp = rtspListener({ ...listening, port: rtspPort, udpPort: rtspUdpPort, host: rtspHost });
  const rtmp = rtmpListener({ ...listening, port: rtmpPort, host: rtmpHost });
  // First, for it finds out whether another engine runs on this data.
  await listenOnSocket(door, engineSocketPath(dataDir));
  await Promise.all([rtsp.start(), rtmp.start(), webrtc.start()]);
  link.listenOn(door, isViewersSocket);
  const stopMetrics = clock.every(METRICS_INTERVAL, () => {
    const [samples, viewers] = [registry.samples(), watching.samples];
    link.tell({ type: 'metrics', samples, viewers, loop_delay: pace.delay.p99 });
  });
  pace.start();
  // What only the start needed is garbage now; a collection later would keep cameras waiting.
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  await convergence.remember();

  let closing: Promise<void> | undefined;
  return {
    close() {
      pace.stop();
      stopMetrics();
      for (const each of [watching, proxy, lower, rooms.inference]) each.close();
      closing ??= Promise.all([rooms.pushes.close(), rooms.digests.close(), rooms.prerolls.close()]).then(
        () => closeDoors({ rtsp, rtmp, webrtc, registry, link, door, vision }),
      );
      return closing;
    },
  };
}

/** Sound that no browser takes becomes Opus for WebRTC, while somebody watches. */
function renditionForPeers(vision: Vision, clock: Clock) {
  const about = { carries: webRtcCarries, codec: 'opus', vision, pool: new SlabPool(), clock } as const;
  return (subject: string, media: MediaStream): Readable => soundRendition({ ...about, subject, media });
}

const webrtcSettings = ({ webrtcPort: port, webrtcHost: host, webrtcAddresses }: EngineSettings) => ({
  ...{ port, host, announced: webrtcAddresses },
});

/** Viewers first, then the footage, then what told of it. */
async function closeDoors(parts: {
  rtsp: { close(): Promise<void> };
  rtmp: { close(): Promise<void> };
  webrtc: WebRtcWorkers;
  registry: StreamRegistry;
  link: LinkServer;
  door: Server;
  vision: Vision;
}): Promise<void> {
  const { rtsp, rtmp, webrtc, registry, link, door, vision } = parts;
  await Promise.all([rtsp.close(), rtmp.close(), webrtc.hush(), vision.close()]);
  await registry.close();
  await link.close();
  const closed = new Promise<void>((resolve) => door.close(() => resolve()));
  door.closeAllConnections();
  await closed;
  await webrtc.close();
}

function greeting(
  { registry, watching, pushes }: Pick<Rooms, 'registry' | 'watching' | 'pushes'>,
  ports: () => Hello['ports'],
): () => Hello {
  const epoch = randomBytes(8).toString('hex');
  return () => ({
    type: 'hello',
    version: LINK_VERSION,
    epoch,
    pid: process.pid,
    ports: ports(),
    streams: registry.observed(),
    viewers: watching.facts,
    pushes: pushes.facts,
  });
}
