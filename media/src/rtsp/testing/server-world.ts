import { randomBytes } from 'node:crypto';
import { connect as netConnect } from 'node:net';
import { type Clock, systemClock } from '../../stream/index.ts';
import type { RtspClientOptions } from '../client/options.ts';
import { RtspClient } from '../client.ts';
import { RtspServer, type RtspServerOptions } from '../server.ts';
import { header } from '../wire/message.ts';
import { PublishedStream } from './published-stream.ts';
import { WireClient } from './wire-client.ts';

/** A clock that tests move. */
export interface TestClock extends Clock {
  /** Timers armed. */
  readonly pending: number;
  advance(ms: number): void;
}

/** Our server with one stream, `door`, on a fake clock. */
export class World {
  readonly clock: TestClock;
  readonly published: PublishedStream;
  readonly server: RtspServer;
  readonly asked: (string | undefined)[][] = [];
  held = 0;

  constructor(clock: TestClock, more: Partial<RtspServerOptions> = {}) {
    this.clock = clock;
    this.published = new PublishedStream(clock);
    this.server = new RtspServer({
      host: '127.0.0.1',
      port: 0,
      clock: this.clock,
      random: randomBytes,
      realm: 'Nightjar',
      resolve: async (path, identity) => {
        this.asked.push([path, identity]);
        if (path !== 'door') return undefined;
        this.held++;
        return { sender: this.published.sender, release: () => void this.held-- };
      },
      ...more,
    });
  }

  async start(): Promise<this> {
    await this.server.start();
    return this;
  }

  get url(): string {
    return `rtsp://127.0.0.1:${this.server.port}/door`;
  }

  client(): WireClient {
    return new WireClient(this.server.port);
  }

  player(more: Partial<RtspClientOptions> = {}) {
    const packets: { track: number; seq: number }[] = [];
    const client = new RtspClient({
      url: { secure: false, host: '127.0.0.1', port: this.server.port, path: '/door' },
      connect: ({ host, port }, onread) => netConnect({ host, port, onread }),
      sink: {
        rtp: (track, buffer, start) => packets.push({ track, seq: buffer.readUInt16BE(start + 2) }),
        rtcp: () => undefined,
      },
      readBuffer: Buffer.alloc(65536),
      random: randomBytes,
      clock: systemClock,
      ...more,
    });
    return { client, packets };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    this.published.close();
  }
}

/** Sets tracks up; returns the session id. */
export async function setUp(client: WireClient, url: string, tracks = [0, 1]): Promise<string> {
  let id = '';
  for (const track of tracks) {
    const transport = `RTP/AVP/TCP;unicast;interleaved=${2 * track}-${2 * track + 1}`;
    const session = id === '' ? [] : [['Session', id] as const];
    const headers = [['Transport', transport] as const, ...session];
    const { headers: answered } = await client.request('SETUP', `${url}/trackID=${track}`, headers);
    id = header(answered, 'session')?.split(';')[0] ?? '';
  }
  return id;
}
