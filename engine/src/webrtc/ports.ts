import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket as TcpSocket } from 'node:net';

/** The kernel's buffers: a burst of key frames to 200 peers must fit. */
const BUFFER_BYTES = 4 * 1024 * 1024;
/** Tries to find a number that is free for UDP and TCP alike. */
const TRIES = 20;

/** One number on which peers are heard: UDP and TCP, IPv4 and IPv6 where the machine has it. */
export interface PeerPorts {
  readonly port: number;
  readonly udp: readonly UdpSocket[];
  close(): Promise<void>;
}

export interface PeerPortOptions {
  /** 0: any free one. */
  readonly port: number;
  /** '' for every address. */
  readonly host: string;
  readonly onTcp: (socket: TcpSocket) => void;
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
  const udp: UdpSocket[] = [];
  const tcp: Server[] = [];
  const close = async (): Promise<void> => {
    await Promise.all([
      ...udp.splice(0).map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
      ...tcp.splice(0).map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    ]);
  };
  let { port } = options;
  try {
    for (const binding of bindingsOf(options.host)) {
      const socket = await unlessMissing(binding, () => bindUdp(binding, port));
      if (!socket) continue;
      port = socket.address().port;
      socket.on('error', options.onError);
      udp.push(socket);
      tcp.push(await bindTcp(binding, port, options));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { port, udp: [...udp], close };
}

function bindingsOf(host: string): Binding[] {
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

async function bindUdp({ type, host }: Binding, port: number): Promise<UdpSocket> {
  const socket = createSocket({
    type,
    ipv6Only: type === 'udp6',
    // Addresses are never names here: without this each packet waits for a tick of its own.
    lookup: (address, _options, done) => done(null, address, type === 'udp6' ? 6 : 4),
  });
  try {
    const listening = once(socket, 'listening');
    socket.bind(port, host);
    await listening;
  } catch (error) {
    socket.close();
    throw error;
  }
  enlarge(socket);
  return socket;
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
