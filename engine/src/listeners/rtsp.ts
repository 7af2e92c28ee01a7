import { randomBytes } from 'node:crypto';
import { openTicket, rtspLoginOf, rtspPassword, rtspProof } from '@nightjar/contract/link';
import type { RtpSender, RtpViewer } from '@nightjar/media/rtp';
import { type PublishRequest, type RtspMount, RtspServer } from '@nightjar/media/rtsp';
import { type Hold, holdOf } from '../live/index.ts';
import type { EngineStream } from '../streams/index.ts';
import type { Viewer } from '../viewers/index.ts';
import type { ListenerOptions } from './options.ts';
import { keyOfPath, publishByRtsp } from './rtsp-publisher.ts';

export interface RtspListenerOptions extends ListenerOptions {
  /** The even one of two for RTP and RTCP; 0: any. */
  readonly udpPort: number;
}

/** Who a connection belongs to, as the server of the library keeps it: a text. */
type Identity =
  | { readonly who: string; readonly proof?: string | undefined; readonly unblurred?: boolean | undefined }
  | { readonly publishKey: string };

/** Milliseconds a stream that runs on demand has to find its camera. */
const READY = 8_000;
/** Who plays what is open to everybody. */
const ANYBODY = 'anybody';
/** In the query of an address that asks for digest instead of Basic. */
const DIGEST = 'auth=digest';

/**
 * The RTSP door. Viewers come to `rtsp://host/{stream_id}` with a token as the password (any user name), with a
 * signed ticket as `?ticket=`, or with a login for digest, asked for by `?auth=digest`. Publishers come to
 * `rtsp://host/{stream_id}?key={key}`, or show the key as the password. Who may watch one stream learns nothing
 * of the others. `parts=200` in the query has 200 ms written at a time, for TCP.
 */
export function rtspListener(options: RtspListenerOptions): RtspServer {
  const door = new RtspDoor(options);
  return door.server;
}

class RtspDoor {
  readonly server: RtspServer;
  readonly #options: RtspListenerOptions;

  constructor(options: RtspListenerOptions) {
    this.#options = options;
    const { host, port, udpPort, clock, key, tls, log } = options;
    this.server = new RtspServer({
      ...{ host, port, udpPort, clock },
      ...(tls ? { tls } : {}),
      httpTunnel: true,
      random: randomBytes,
      realm: 'Nightjar',
      auth: {
        ticket: async (path, query) => this.#byAddress(path, query),
        verify: async (_username, password, path) => this.#byPassword(path, password),
        secret: async (username, path) => {
          const password = rtspPassword(key, this.#idOf(path), username, clock.utc() / 1000);
          return password === undefined ? undefined : { password };
        },
        wantsDigest: (query) => query.split('&').includes(DIGEST),
      },
      resolve: (path, identity, peer, query) => {
        const hold = holdOf(new URLSearchParams(query));
        return this.#resolve(this.#idOf(path), identity, { peer, hold });
      },
      publish: (request) => this.#publish(request),
      // Who may replace whom is decided by the streams, for publishers of all protocols alike.
      replace: 'always',
      onError: (error) => log.error('the RTSP listener failed', { error }),
    });
  }

  #byAddress(path: string, query: string): string | undefined {
    const { key, clock, publishers } = this.#options;
    const publishKey = keyOfPath(plain(path));
    if (publishKey !== undefined && publishers.streamOf(publishKey)) return written({ publishKey });
    const text = new URLSearchParams(query).get('ticket') ?? '';
    const ticket = openTicket(key, text, clock.utc() / 1000);
    const streamId = this.#idOf(path);
    if (ticket?.stream_id === streamId)
      return written({ who: ticket.sub, proof: ticket.grant, unblurred: ticket.unblurred });
    return this.#options.atPath?.(plain(path))?.open ? written({ who: ANYBODY }) : undefined;
  }

  async #byPassword(path: string, password: string): Promise<string | false> {
    if (this.#isKeyOf(path, password)) return written({ publishKey: password });
    const verdict = await this.#options.judge(this.#idOf(path), password);
    if (!verdict?.allowed) return false;
    return written({ who: verdict.sub ?? '', proof: password, unblurred: verdict.unblurred });
  }

  /** A stream's id comes before another stream's path. */
  #idOf(path: string): string {
    const id = plain(path);
    return this.#options.stream(id) ? id : (this.#options.atPath?.(id)?.id ?? id);
  }

  #isKeyOf(path: string, password: string): boolean {
    const meant = this.#options.publishers.streamOf(password);
    return meant !== undefined && this.#media(path) === meant;
  }

  /** What a publisher feeds: never a rendition. */
  #media(path: string): EngineStream['media'] | undefined {
    return this.#options.stream(this.#idOf(path), true)?.media;
  }

  async #resolve(
    streamId: string,
    identity: string | undefined,
    { peer, hold }: { peer: string; hold: Hold },
  ): Promise<RtspMount | undefined> {
    const { stream: find, judge, key } = this.#options;
    const bearer = read(identity);
    if (!bearer || 'publishKey' in bearer) return undefined;
    let { proof, unblurred } = bearer;
    if (rtspLoginOf(bearer.who) && proof === undefined) {
      // Digest shows that it is he; whether he may is another question.
      proof = rtspProof(key, streamId, bearer.who);
      const verdict = await judge(streamId, proof);
      if (!verdict?.allowed) return undefined;
      unblurred = verdict.unblurred;
    }
    const stream = find(streamId, unblurred);
    await stream?.ready(READY, new AbortController().signal);
    const sender = stream?.sender(hold);
    if (!stream || !sender) return undefined;
    const request = { streamId, who: rtspLoginOf(bearer.who)?.sub ?? bearer.who, proof, unblurred };
    return { sender: this.#counted(sender, request, peer), release: () => undefined };
  }

  /** A sender whose viewer is one of the engine's, and goes when it has to. */
  #counted(
    sender: RtpSender,
    request: { streamId: string; who: string; proof: string | undefined; unblurred: boolean | undefined },
    peer: string,
  ): RtspMount['sender'] {
    return {
      tracks: sender.tracks,
      join: (viewer, cached) => {
        const watching = this.#options.viewers.open({
          ...request,
          protocol: 'rtsp',
          address: peer.replace(/:\d+$/, ''),
          close: () => this.#disconnect(peer),
        });
        const join = sender.join(new CountedViewer(viewer, watching), cached);
        const leave = (): void => {
          join.leave();
          watching.end('left');
        };
        return { tracks: join.tracks, leave };
      },
    };
  }

  async #publish({ identity, key, ...request }: PublishRequest): ReturnType<typeof publishByRtsp> {
    const bearer = read(identity);
    const shown = key ?? (bearer && 'publishKey' in bearer ? bearer.publishKey : undefined);
    if (shown === undefined && keyOfPath(request.path) === undefined) return undefined;
    return publishByRtsp(
      { ...request, key: shown },
      {
        publishers: this.#options.publishers,
        stream: (path) => this.#media(path),
        disconnect: (peer) => this.#disconnect(peer),
      },
    );
  }

  #disconnect(peer: string): void {
    this.server
      .disconnect((session) => session.peer === peer)
      .catch((error: unknown) => this.#options.log.error('an RTSP client could not be closed', { error }));
  }
}

/** Passes packets on and counts their bytes. */
class CountedViewer implements RtpViewer {
  readonly #viewer: RtpViewer;
  readonly #watching: Viewer;

  constructor(viewer: RtpViewer, watching: Viewer) {
    this.#viewer = viewer;
    this.#watching = watching;
  }

  packets(chunk: Buffer, trackIndex: number, key: boolean): void {
    this.#watching.bytes += chunk.length;
    this.#viewer.packets(chunk, trackIndex, key);
  }

  end(): void {
    this.#watching.end('stream_ended');
    this.#viewer.end();
  }
}

const written = (identity: Identity): string => JSON.stringify(identity);

/** A digest login is known by its user name alone. */
function read(identity: string | undefined): Identity | undefined {
  if (identity === undefined) return undefined;
  return identity.startsWith('{') ? (JSON.parse(identity) as Identity) : { who: identity };
}

const plain = (path: string): string => path.replace(/^\/+|\/+$/g, '');
