import { randomBytes } from 'node:crypto';
import type { ViewerEnd } from '@nightjar/contract';
import { openTicket } from '@nightjar/contract/link';
import {
  FlvToStream,
  type RtmpPeer,
  type RtmpPlayback,
  type RtmpPublication,
  type RtmpRefusal,
  type RtmpRequest,
  RtmpServer,
  rtmpFraming,
} from '@nightjar/media/rtmp';
import {
  type Admission,
  type Publisher,
  type Publishers,
  type PublishRefusal,
  SourceError,
  type SourceOptions,
} from '../sources/index.ts';
import type { EngineStream } from '../streams/index.ts';
import { FlvSession, Outlet, type Viewer, ViewerLimitError } from '../viewers/index.ts';
import type { ListenerOptions } from './options.ts';

const REFUSALS: Readonly<Record<PublishRefusal, string>> = {
  unknown_key: 'no stream takes this key: it is wrong, was replaced, or its stream is stopped',
  taken: 'the stream has a publisher already',
};
/** Foreign and unknown answer alike: whoever may not watch learns nothing of the stream. */
const NOT_FOR_YOU = 'a valid ticket or token for this stream is needed';

/**
 * The RTMP door: publishers come to `rtmp://host/live/{key}`, or `…/live/{anything}?key={key}`; viewers to
 * `rtmp://host/live/{stream_id}?token={token}`, or with a signed ticket as `?ticket=`.
 */
export function rtmpListener(options: ListenerOptions): RtmpServer {
  const { host, port, clock, tls, publishers, log } = options;
  return new RtmpServer({
    host,
    port,
    clock,
    random: randomBytes,
    ...(tls ? { tls } : {}),
    publish: (request, peer) => publish(request, peer, publishers),
    play: (request, peer) => play(request, peer, options),
    onError: (error) => log.error('the RTMP listener failed', { error }),
  });
}

async function publish(
  { path, query }: RtmpRequest,
  peer: RtmpPeer,
  publishers: Publishers,
): Promise<RtmpPublication | RtmpRefusal> {
  const feeds: RtmpFeed[] = [];
  const admission = await publishers.admit(query.get('key') ?? path, (source) => {
    const feed = new RtmpFeed(source, peer);
    feeds.push(feed);
    return feed;
  });
  const [feed] = feeds;
  if (typeof admission === 'string' || !feed) {
    return { refused: REFUSALS[typeof admission === 'string' ? admission : 'taken'] };
  }
  feed.admission = admission;
  return feed;
}

/** One publisher: its messages become the stream's frames. */
class RtmpFeed implements Publisher, RtmpPublication {
  admission: Admission | undefined;
  readonly #ingest: FlvToStream;
  readonly #peer: RtmpPeer;
  #left = false;

  constructor(options: SourceOptions, peer: RtmpPeer) {
    this.#ingest = new FlvToStream(options);
    this.#peer = peer;
  }

  get counters() {
    return this.#ingest.counters;
  }

  get lastFrame(): number {
    return this.#ingest.lastFrame;
  }

  get trouble(): string | undefined {
    return this.#ingest.trouble;
  }

  tag(type: number, timestamp: number, b: Buffer, start: number, end: number): void {
    this.#ingest.tag(type, timestamp, b, start, end);
  }

  /** The publisher went, or has ended this stream: its connection may stay for another one. */
  close(reason: string): void {
    this.#left = true;
    this.admission?.lost(new SourceError('closed_by_camera', reason, 'at once'));
  }

  /** The stream wants no more of it. */
  end(reason: string): void {
    this.#ingest.close();
    if (!this.#left) this.#peer.end('NetStream.Publish.Failed', reason);
  }
}

interface Right {
  readonly who: string;
  readonly proof: string | undefined;
  readonly unblurred: boolean | undefined;
}

async function play(
  request: RtmpRequest,
  peer: RtmpPeer,
  options: ListenerOptions,
): Promise<RtmpPlayback | RtmpRefusal> {
  const right = await rightOf(request, options);
  if (!right) return { refused: NOT_FOR_YOU };
  const stream = options.stream(request.path, right.unblurred);
  if (!stream) return { refused: 'no such stream' };
  await stream.attend();
  try {
    return new RtmpWatch({ request, peer, options, right, stream });
  } catch (error) {
    if (error instanceof ViewerLimitError) return { refused: error.message };
    throw error;
  }
}

async function rightOf(
  { path, query }: RtmpRequest,
  { key, clock, judge }: ListenerOptions,
): Promise<Right | undefined> {
  const ticket = openTicket(key, query.get('ticket') ?? '', clock.utc() / 1000);
  if (ticket?.stream_id === path)
    return { who: ticket.sub, proof: ticket.grant, unblurred: ticket.unblurred };
  const token = query.get('token');
  if (!token) return undefined;
  const verdict = await judge(path, token);
  if (!verdict?.allowed) return undefined;
  return { who: verdict.sub ?? '', proof: token, unblurred: verdict.unblurred };
}

const LAST_WORDS: Readonly<Record<ViewerEnd, string>> = {
  left: 'the viewer left',
  too_slow: 'the connection does not keep up with the stream',
  right_ended: 'the right to watch has ended',
  stream_ended: 'the stream has ended',
  stream_removed: 'the stream was removed',
  shutdown: 'the server is going down',
  failed: 'an internal error',
};

/** One viewer. */
class RtmpWatch implements RtmpPlayback {
  readonly #viewer: Viewer;
  readonly #session: FlvSession;
  readonly #stream: EngineStream;
  readonly #peer: RtmpPeer;
  #leave: (() => void) | undefined;

  constructor(around: {
    request: RtmpRequest;
    peer: RtmpPeer;
    options: ListenerOptions;
    right: Right;
    stream: EngineStream;
  }) {
    const { request, peer, options, right, stream } = around;
    this.#peer = peer;
    this.#stream = stream;
    this.#viewer = options.viewers.open({
      streamId: request.path,
      protocol: 'rtmp',
      ...right,
      address: request.address,
      close: (reason) => this.#end(reason),
    });
    const outlet = new Outlet({ wire: peer, clock: options.clock, viewer: this.#viewer });
    this.#session = new FlvSession(outlet, this.#viewer);
  }

  start(): void {
    this.#leave = this.#stream.flv.of(rtmpFraming).join(this.#session);
  }

  close(): void {
    this.#leave?.();
    this.#viewer.end('left');
  }

  #end(reason: ViewerEnd): void {
    this.#leave?.();
    this.#peer.end('NetStream.Play.UnpublishNotify', LAST_WORDS[reason]);
  }
}
