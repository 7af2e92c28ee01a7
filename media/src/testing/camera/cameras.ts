import { randomBytes } from 'node:crypto';
import { RtpSender } from '../../rtp/index.ts';
import { type RtspMount, RtspServer } from '../../rtsp/index.ts';
import { type Clock, SlabPool, systemClock } from '../../stream/index.ts';
import { SyntheticCamera } from './camera.ts';
import { type Clip, loadClip, loadFolder } from './clip.ts';
import { mountSender } from './mount.ts';
import { Wheel } from './wheel.ts';

export interface CameraOptions {
  /** Without slashes at the ends. */
  readonly path: string;
  /** One of `CLIPS`, or a file made by `media/testdata/make-clips.sh`. */
  readonly clip: string;
  /** Milliseconds that the clock in the picture runs behind UTC; 0 when absent. */
  readonly phase?: number;
  /** With a login a camera asks for it (Digest). It listens on a port of its own: see `url`. */
  readonly username?: string;
  readonly password?: string;
  /** Where a client begins: with the frames since the last key frame (default), or at the next key frame. */
  readonly startAt?: 'cached' | 'next-key';
}

export interface SyntheticCamerasOptions {
  /** 0 when absent: any free port. */
  readonly port?: number;
  /** 127.0.0.1 when absent. */
  readonly host?: string;
  readonly cameras?: readonly CameraOptions[];
  /** Every other path is a camera that shows this clip, or a clip of this folder: see `loadFolder`. */
  readonly wildcard?: string;
  /** Also over UDP, and through an HTTP tunnel on the same port. */
  readonly manyWays?: boolean;
  readonly clock?: Clock;
  readonly random?: (size: number) => Buffer;
  /** An error of ours while serving. */
  readonly onError?: (error: unknown) => void;
}

export interface SyntheticCamerasStats {
  /** Paths that have been asked for or configured. */
  readonly cameras: number;
  readonly playing: number;
  /** Sent since the start. */
  readonly bytes: number;
}

interface Mounted {
  readonly camera: SyntheticCamera;
  readonly options: CameraOptions;
  /** Pending while DESCRIBE is not to be answered. */
  gate: { readonly opened: Promise<void>; readonly open: () => void } | undefined;
}

/** Paths that a wildcard may make into cameras; a scanner gets no more memory than this. */
const MAX_WILDCARDS = 1_000;
const REALM = 'Synthetic camera';

/**
 * Starts a server with cameras; throws when a clip or the port is not to be had. Cameras with the same login
 * (or none) share a listener; the first kind named, or the wildcard's, gets `port`, others any free one.
 */
export async function startSyntheticCameras(options: SyntheticCamerasOptions): Promise<SyntheticCameras> {
  const clips = new Map<string, Promise<Clip>>();
  const load = (name: string) => {
    const clip = clips.get(name) ?? loadClip(name);
    clips.set(name, clip);
    return clip;
  };
  const cameras = await Promise.all(
    (options.cameras ?? []).map(async (camera) => ({ ...camera, film: await load(camera.clip) })),
  );
  const wildcard = options.wildcard === undefined ? undefined : await loadFolder(options.wildcard);
  const made = new SyntheticCameras(options, cameras, wildcard, load);
  await made.accept();
  return made;
}

/** A set of running synthetic cameras, with faults to be made at run time. */
export class SyntheticCameras {
  readonly #options: SyntheticCamerasOptions;
  readonly #clock: Clock;
  readonly #random: (size: number) => Buffer;
  readonly #wheel: Wheel;
  readonly #pool = new SlabPool();
  readonly #mounted = new Map<string, Mounted>();
  readonly #wildcard: ((path: string) => Clip) | undefined;
  readonly #load: (name: string) => Promise<Clip>;
  /** By login: name, colon and password, or '' for none. */
  readonly #ports = new Map<string, number>();
  readonly #servers = new Map<string, RtspServer>();
  #bytes = 0;
  #wildcards = 0;

  /** Use `startSyntheticCameras`. */
  constructor(
    options: SyntheticCamerasOptions,
    cameras: readonly (CameraOptions & { film: Clip })[],
    wildcard: ((path: string) => Clip) | undefined,
    load: (name: string) => Promise<Clip>,
  ) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? randomBytes;
    this.#wheel = new Wheel(this.#clock);
    this.#wildcard = wildcard;
    this.#load = load;
    if (wildcard) this.#ports.set('', 0);
    for (const { film, ...camera } of cameras) {
      this.#mount(camera, film);
      this.#ports.set(loginOf(camera), 0);
    }
    if (this.#ports.size === 0) this.#ports.set('', 0);
    this.#ports.set([...this.#ports.keys()][0]!, options.port ?? 0);
  }

  /** Of the cameras without login, or of the first ones when all have one. */
  get port(): number {
    return this.#ports.get('') ?? [...this.#ports.values()][0]!;
  }

  /** The address of a camera, with its login. Throws when there is no such camera. */
  url(path: string): string {
    const options = this.#mounted.get(path)?.options;
    if (!options && !this.#wildcard) throw new Error(`no camera ${path}`);
    const { username, password } = options ?? {};
    const login =
      username === undefined ? '' : `${encodeURIComponent(username)}:${encodeURIComponent(password ?? '')}@`;
    const host = this.#options.host ?? '127.0.0.1';
    const port = this.#ports.get(loginOf(options ?? {})) ?? this.port;
    return `rtsp://${login}${host.includes(':') ? `[${host}]` : host}:${port}/${path}`;
  }

  /** Stops sending media of a path; its connections stay open and answer. */
  stall(path: string): void {
    this.#known(path).camera.stall();
  }

  /** Sends media again, from the next key frame on. */
  resume(path: string): void {
    this.#known(path).camera.resume();
  }

  /** Closes the connections of all clients that set up the path. Returns how many there were. */
  async cut(path: string): Promise<number> {
    const cuts = [...this.#servers.values()].map((server) =>
      server.disconnect((session) => session.path === path),
    );
    return (await Promise.all(cuts)).reduce((sum, count) => sum + count, 0);
  }

  /** DESCRIBE of the path is not answered any more, until `unmute`. */
  mute(path: string): void {
    const mounted = this.#known(path);
    if (mounted.gate) return;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    mounted.gate = { opened, open };
  }

  /** Answers DESCRIBE again, those that waited first. */
  unmute(path: string): void {
    const mounted = this.#known(path);
    mounted.gate?.open();
    mounted.gate = undefined;
  }

  /** Shows another clip. A client goes on with new parameter sets in band, or is ended if other tracks are needed. */
  async changeFormat(path: string, clip: string): Promise<void> {
    const { camera } = this.#known(path);
    camera.changeFormat(await this.#load(clip));
  }

  /** Closes every connection; new ones are refused, as by a camera without power. */
  async refuse(): Promise<void> {
    const servers = [...this.#servers.values()];
    this.#servers.clear();
    await Promise.all(servers.map((server) => server.close()));
  }

  /** Takes connections again after `refuse`, at the same ports. */
  async accept(): Promise<void> {
    for (const [login, port] of this.#ports) {
      if (this.#servers.has(login)) continue;
      const server = this.#server(login, port);
      await server.start();
      this.#servers.set(login, server);
      this.#ports.set(login, server.port);
    }
  }

  stats(): SyntheticCamerasStats {
    const playing = [...this.#servers.values()].map((server) => server.stats().playing);
    return {
      cameras: this.#mounted.size,
      playing: playing.reduce((sum, count) => sum + count, 0),
      bytes: this.#bytes,
    };
  }

  /** Closes every connection and stops every camera. */
  async close(): Promise<void> {
    for (const { camera, gate } of this.#mounted.values()) {
      camera.close();
      gate?.open();
    }
    await this.refuse();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #server(login: string, port: number): RtspServer {
    const { host = '127.0.0.1', onError } = this.#options;
    const colon = login.indexOf(':');
    const secret = async (username: string) =>
      username === login.slice(0, colon) ? { password: login.slice(colon + 1) } : undefined;
    return new RtspServer({
      host,
      port,
      clock: this.#clock,
      random: this.#random,
      realm: REALM,
      ...(login === '' ? {} : { auth: { secret } }),
      resolve: (path) => this.#resolve(path, login),
      ...(onError ? { onError } : {}),
      ...(this.#options.manyWays ? { udpPort: 0, httpTunnel: true } : {}),
    });
  }

  async #resolve(path: string, login: string): Promise<RtspMount | undefined> {
    const mounted = this.#mounted.get(path) ?? (login === '' ? this.#grow(path) : undefined);
    if (!mounted || loginOf(mounted.options) !== login) return undefined;
    await mounted.gate?.opened;
    const { camera, options } = mounted;
    const random32 = () => this.#random(4).readUInt32BE();
    return mountSender(new RtpSender(camera.stream, { clock: this.#clock, random32, cname: 'camera' }), {
      startAt: options.startAt ?? 'cached',
      onJoin: () => camera.wake(),
      onBytes: (bytes) => {
        this.#bytes += bytes;
      },
    });
  }

  #grow(path: string): Mounted | undefined {
    if (!this.#wildcard || path === '' || this.#wildcards >= MAX_WILDCARDS) return undefined;
    this.#wildcards++;
    const clip = this.#wildcard(path);
    return this.#mount({ path, clip: clip.name, phase: phaseOf(path) }, clip);
  }

  #mount(options: CameraOptions, clip: Clip): Mounted {
    if (this.#mounted.has(options.path)) throw new Error(`two cameras are called ${options.path}`);
    const { phase = 0, startAt = 'cached' } = options;
    const camera = new SyntheticCamera({ clip, phase, startAt, wheel: this.#wheel, pool: this.#pool });
    const mounted: Mounted = { camera, options, gate: undefined };
    this.#mounted.set(options.path, mounted);
    return mounted;
  }

  #known(path: string): Mounted {
    const mounted = this.#mounted.get(path);
    if (!mounted) throw new Error(`no camera ${path}`);
    return mounted;
  }
}

function loginOf({ username, password }: Pick<CameraOptions, 'username' | 'password'>): string {
  return username === undefined ? '' : `${username}:${password ?? ''}`;
}

/** Spreads cameras over the minute by their paths (FNV-1a), so that their key frames do not come at once. */
function phaseOf(path: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(path)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % 60_000;
}
