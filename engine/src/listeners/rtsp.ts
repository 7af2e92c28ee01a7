import { randomBytes } from 'node:crypto';
import { openTicket } from '@nightjar/contract/link';
import { RtspServer } from '@nightjar/media/rtsp';
import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import type { EngineStream } from '../streams/index.ts';

export interface RtspListenerOptions {
  readonly port: number;
  readonly host: string;
  readonly clock: Clock;
  /** Signs the tickets; shared with the server. */
  readonly key: Buffer;
  readonly stream: (id: string) => EngineStream | undefined;
  /** May the bearer of this token watch this stream? */
  readonly authorize: (streamId: string, token: string) => Promise<boolean>;
  readonly log: Pick<Log, 'error'>;
}

/**
 * The RTSP door: `rtsp://host/{stream_id}` with a token as the password (any user name), or with a signed
 * ticket as `?ticket=`. Who may watch one stream learns nothing of the others.
 */
export function rtspListener(options: RtspListenerOptions): RtspServer {
  const { clock, key } = options;
  return new RtspServer({
    host: options.host,
    port: options.port,
    clock,
    random: randomBytes,
    realm: 'Nightjar',
    auth: {
      ticket: async (path, query) => {
        const text = new URLSearchParams(query).get('ticket') ?? '';
        const ticket = openTicket(key, text, clock.utc() / 1000);
        return ticket?.stream_id === streamOf(path) ? ticket.sub : undefined;
      },
      verify: async (_username, password, path) => options.authorize(streamOf(path), password),
    },
    resolve: async (path) => {
      const sender = options.stream(streamOf(path))?.sender();
      return sender && { sender, release: () => undefined };
    },
    onError: (error) => options.log.error('the RTSP listener failed', { error }),
  });
}

const streamOf = (path: string): string => path.replace(/^\/+|\/+$/g, '');
