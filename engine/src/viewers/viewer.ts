import type { ViewerEnd, ViewerProtocol } from '@nightjar/contract';
import type { ViewerFact, ViewerSample } from '@nightjar/contract/link';

/** What a way out says of a client that begins to watch. */
export interface ViewerRequest {
  readonly streamId: string;
  readonly protocol: ViewerProtocol;
  /** `kind:id` of the principal, as the ticket or the verdict names it. */
  readonly who: string;
  /** Network address of the client; empty when unknown. */
  readonly address: string;
  /**
   * What the right to watch is proved with: the token a client showed at a listener, or the `grant` of its
   * ticket. The server is asked with it again every few seconds. Undefined: nobody is asked.
   */
  readonly proof: string | undefined;
  /** It is shown the original where the stream's privacy is on. */
  readonly unblurred?: boolean | undefined;
  /** Ends the client's connection. Called at most once, and not after `end`. */
  readonly close: (reason: ViewerEnd) => void;
}

/** One client that watches, as everybody counts it. The way out adds to `bytes` and `dropped` as it sends. */
export class Viewer {
  readonly id: string;
  readonly request: ViewerRequest;
  /** UTC, ISO 8601. */
  readonly since: string;
  /** Payload bytes given to the client's connection. */
  bytes = 0;
  /** Frames left out because the client did not keep up. */
  dropped = 0;
  readonly #ended: (viewer: Viewer, reason: ViewerEnd) => void;
  #over = false;

  constructor(
    id: string,
    request: ViewerRequest,
    since: string,
    ended: (viewer: Viewer, reason: ViewerEnd) => void,
  ) {
    this.id = id;
    this.request = request;
    this.since = since;
    this.#ended = ended;
  }

  /** The client is gone. Idempotent: the first reason counts. */
  end(reason: ViewerEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended(this, reason);
  }

  /** The client has to go: tells why, then ends its connection. Idempotent. */
  close(reason: ViewerEnd): void {
    if (this.#over) return;
    this.end(reason);
    this.request.close(reason);
  }

  get fact(): ViewerFact {
    const { streamId, protocol, who, address } = this.request;
    return { id: this.id, stream_id: streamId, protocol, who, address, since: this.since };
  }

  get sample(): ViewerSample {
    return { id: this.id, bytes: this.bytes, dropped: this.dropped };
  }
}
