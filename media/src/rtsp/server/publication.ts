import type { Sdp } from '../../sdp/index.ts';
import type { RtspSink } from '../channel-map.ts';

/** What a publisher was granted. Nothing is taken before {@link record}. */
export interface Publication {
  /** Indexes of the announced sections that are of use; the others are accepted and thrown away. */
  readonly media: readonly number[];
  /**
   * RECORD: packets follow. `indexes` are those of {@link media} that were set up, in the order of the sink's
   * track indexes, and they come over `transport`. Called at most once, after a publisher before this one was closed.
   */
  record(indexes: readonly number[], transport: 'tcp' | 'udp'): RtspSink;
  /** The publisher went, or was replaced. Called once, recording or not. */
  close(): void;
}

/** An ANNOUNCE. */
export interface PublishRequest {
  readonly path: string;
  /** By credentials. */
  readonly identity: string | undefined;
  /** Of `?key=` in the address. */
  readonly key: string | undefined;
  readonly announced: Sdp;
  /** `host:port` of the publisher. */
  readonly peer: string;
}

/**
 * Decides who may publish where. Undefined: refused. It should not disturb a running publication of the same path:
 * that one is closed before `record`.
 */
export type Publish = (request: PublishRequest) => Promise<Publication | undefined>;

/** When a new publisher ends another one of the same path: never, once it was silent for 5 s, or always. */
export type Replace = 'never' | 'silent' | 'always';

const SILENT_MS = 5000;

/** A running publication, as others of its path see it. */
export interface Claim {
  /** Monotonic milliseconds of the last packet, or of ANNOUNCE. */
  readonly lastPacket: number;
  /** Ends it at once. */
  replaced(): void;
}

/** Who publishes which path. One publisher a path. */
export class Claims {
  readonly #policy: Replace;
  readonly #claims = new Map<string, Claim>();

  constructor(policy: Replace) {
    this.#policy = policy;
  }

  /** False: the path has a publisher that stays. */
  claim(path: string, claim: Claim, now: number): boolean {
    const other = this.#claims.get(path);
    if (other) {
      const silent = now - other.lastPacket >= SILENT_MS;
      if (this.#policy === 'never' || (this.#policy === 'silent' && !silent)) return false;
      other.replaced();
    }
    this.#claims.set(path, claim);
    return true;
  }

  release(path: string, claim: Claim): void {
    if (this.#claims.get(path) === claim) this.#claims.delete(path);
  }
}
