import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, isIP, type Server, type Socket as TcpSocket } from 'node:net';

/** The kernel's buffers: a burst of key frames to 200 peers must fit. */
const BUFFER_BYTES = 4 * 1024 * 1024;
/** Tries to find a number that is free for UDP and TCP alike. */
const TRIES = 20;

/** One number on which peers are heard: UDP and TCP, IPv4 and IPv6 where the machine has it. */
export interface PeerPorts {
  readonly port: number;
  /**
   * What is sent to one of these addresses is answered from it: a socket for all addresses answers from the one that
   * the system prefers, and peers do not believe it (RFC 8445 7.2.5.2.1). Names and addresses that are not ours are
   * passed over, and so is everything where one address alone is bound to.
   */
  cover(addresses: readonly string[]): void;
  close(): Promise<void>;
}

export interface PeerPortOptions {
  /** 0: any free one. */
  readonly port: number;
  /** '' for every address. */
  readonly host: string;
  readonly onTcp: (socket: TcpSocket) => void;
  /** Of each socket; the result is called when it is about to be closed. Absent: nobody listens yet. */
  readonly onUdp?: (socket: UdpSocket) => () => void;
  readonly onError: (error: Error) => void;
}

interface Binding {
  readonly type: 'udp4' | 'udp6';
  readonly host: string;
}

/** Binds the ports. Throws the system's error when they are taken. */
export async function openPorts(options: PeerPortOptions): Promise<PeerPorts> {
  for (let tries = 1; ; tries++) {
    try {
      return await bindAll(options);
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!taken || options.port !== 0 || tries === TRIES) throw error;
    }
  }
}

async function bindAll(options: PeerPortOptions): Promise<PeerPorts> {
  const udp = new Udp(options);
  const tcp: Server[] = [];
  const close = async (): Promise<void> => {
    await Promise.all([
      udp.close(),
      ...tcp.splice(0).map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    ]);
  };
  let { port } = options;
  try {
    for (const binding of bindingsOf(options.host)) {
      // TCP first: nobody can share that number with us.
      const server = await unlessMissing(binding, () => bindTcp(binding, port, options));
      if (!server) continue;
      tcp.push(server);
      port = (server.address() as AddressInfo).port;
      await udp.bind(binding, port);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { port, cover: (addresses) => udp.cover(addresses, port), close };
}

const isWildcard = (host: string): boolean => host === '' || host === '::' || host === '0.0.0.0';

/** The sockets for datagrams on one number: for all addresses, or one, and for single ones besides. */
class Udp {
  readonly #options: PeerPortOptions;
  /** By what they are bound to, with what is called before they are closed. */
  readonly #sockets = new Map<
    string,
    { readonly socket: UdpSocket; readonly hush: (() => void) | undefined }
  >();

  constructor(options: PeerPortOptions) {
    this.#options = options;
  }

  /** Throws the system's error. */
  async bind({ type, host }: Binding, port: number): Promise<void> {
    const socket = this.#open(type, host);
    socket.on('error', this.#options.onError);
    const listening = once(socket, 'listening');
    socket.bind(port, host);
    await listening;
    enlarge(socket);
  }

  cover(addresses: readonly string[], port: number): void {
    if (!isWildcard(this.#options.host)) return;
    const wanted = new Set([...addresses.filter((address) => isIP(address)), '0.0.0.0', '::']);
    // What is not told any more is not the machine's any more, or will be covered again.
    for (const host of this.#sockets.keys()) if (!wanted.has(host)) void this.#drop(host);
    for (const host of wanted) {
      const type = host.includes(':') ? 'udp6' : 'udp4';
      // Peers are told of an address of the other family only where that is there.
      if (this.#sockets.has(host) || !this.#sockets.has(type === 'udp6' ? '::' : '0.0.0.0')) continue;
      const socket = this.#open(type, host);
      // An address that came or went meanwhile: the socket for all of them still hears.
      socket.on('error', () => void this.#drop(host));
      socket.once('listening', () => enlarge(socket));
      socket.bind(port, host);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sockets.keys()].map((host) => this.#drop(host)));
  }

  #open(type: Binding['type'], host: string): UdpSocket {
    const socket = createSocket({
      type,
      ipv6Only: type === 'udp6',
      // The socket for all addresses and those for single ones share their number.
      reuseAddr: isWildcard(this.#options.host),
      // Addresses are never names here: without this each packet waits for a tick of its own.
      lookup: (address, _options, done) => done(null, address, type === 'udp6' ? 6 : 4),
    });
    this.#sockets.set(host, { socket, hush: this.#options.onUdp?.(socket) });
    return socket;
  }

  #drop(host: string): Promise<void> {
    const one = this.#sockets.get(host);
    this.#sockets.delete(host);
    one?.hush?.();
    return one ? new Promise((resolve) => one.socket.close(() => resolve())) : Promise.resolve();
  }
}

function bindingsOf(host: string): Binding[] {
  // '0.0.0.0' is IPv4 alone, by whoever says so.
  if (host === '' || host === '::') {
    return [
      { type: 'udp4', host: '0.0.0.0' },
      { type: 'udp6', host: '::' },
    ];
  }
  return [{ type: host.includes(':') ? 'udp6' : 'udp4', host }];
}

/** Machines without IPv6 are served without it. */
async function unlessMissing<T>({ type }: Binding, bind: () => Promise<T>): Promise<T | undefined> {
  try {
    return await bind();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (type === 'udp6' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) return undefined;
    throw error;
  }
}

/** Linux gives what its limits allow; other systems refuse what is beyond them, and theirs will do. */
function enlarge(socket: UdpSocket): void {
  try {
    socket.setSendBufferSize(BUFFER_BYTES);
    socket.setRecvBufferSize(BUFFER_BYTES);
  } catch (error) {
    const refused = error instanceof Error && 'code' in error && error.code === 'ERR_SOCKET_BUFFER_SIZE';
    if (!refused) throw error;
  }
}

async function bindTcp({ type, host }: Binding, port: number, options: PeerPortOptions): Promise<Server> {
  const server = createServer({ noDelay: true }, options.onTcp);
  const listening = once(server, 'listening');
  server.listen({ port, host, ipv6Only: type === 'udp6' });
  await listening;
  server.on('error', options.onError);
  return server;
}
