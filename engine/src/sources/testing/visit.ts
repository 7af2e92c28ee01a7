import type { Socket as Datagrams } from 'node:dgram';
import type { Socket } from 'node:net';
import type { DesiredSource, OutboundPolicy } from '@nightjar/contract/link';
import { stampFragment } from '@nightjar/media/mp4';
import { type Clock, type Frame, MediaStream, systemClock, type Track } from '@nightjar/media/stream';
import { FakeClock } from '@nightjar/media/testing';
import { expect } from 'vitest';
import { type CameraSockets, cameraSockets } from '../../outbound/index.ts';
import { CountingPool } from '../../testing/index.ts';
import { type SeenCertificate, SourceError, sourceTable } from '../index.ts';

const OPEN: OutboundPolicy = { allow: ['127.0.0.0/8'], deny: [], ports: [] };

export interface VisitOptions {
  readonly clock?: Clock;
  readonly policy?: OutboundPolicy;
  /** Who reads containers, and where files lie. */
  readonly around?: Parameters<typeof sourceTable>[2];
  /** A visit that is over: the same stream connects once more, and what is remembered of the camera holds. */
  readonly after?: Visit;
}

/** One connection to a camera and what came of it. */
export class Visit {
  static readonly #all: Visit[] = [];

  readonly pool = new CountingPool();
  readonly stream: MediaStream;
  readonly sources: ReturnType<typeof sourceTable>;
  readonly frames: { kind: Track['kind']; key: boolean; seconds: number }[] = [];
  readonly tracks: string[][] = [];
  /** To the camera, those of the visits before included. */
  readonly sockets: Socket[];
  readonly datagrams: Datagrams[];
  readonly told: string[] = [];
  readonly certificates: SeenCertificate[] = [];
  readonly clock: Clock;
  readonly error: Promise<unknown>;
  readonly #abort = new AbortController();
  readonly #run;
  over = false;

  constructor(source: DesiredSource, options: VisitOptions = {}) {
    const { after } = options;
    this.clock = options.clock ?? systemClock;
    this.stream = after?.stream ?? new MediaStream({ stamp: stampFragment });
    this.sockets = after?.sockets ?? [];
    this.datagrams = after?.datagrams ?? [];
    this.sources =
      after?.sources ?? sourceTable(this.#noting(options.policy ?? OPEN), undefined, options.around);
    const detach = this.stream.attach(
      {
        onTracks: (tracks) => this.tracks.push(tracks.map(({ format }) => format.codecString)),
        onFrame: (frame) => this.#frame(frame),
        onEnd: () => undefined,
      },
      false,
    );
    const scheme = source.url.slice(0, source.url.indexOf(':') + 1);
    const start = this.sources.get(scheme) ?? this.sources.get('rtsp:')!;
    this.#run = start({
      source,
      stream: this.stream,
      pool: this.pool,
      clock: this.clock,
      zero: this.clock.monotonic(),
      onReady: () => this.told.push('ready'),
      onLive: () => this.told.push('live'),
      onCertificate: (seen) => this.certificates.push(seen),
      signal: this.#abort.signal,
    });
    this.error = this.#run.run().then(
      () => undefined,
      (error: unknown) => {
        this.over = true;
        detach();
        return error;
      },
    );
    Visit.#all.push(this);
  }

  /** For `afterEach`. */
  static async endAll(this: void): Promise<void> {
    const visits = Visit.#all.splice(0);
    for (const visit of visits) visit.abort();
    for (const visit of visits) await visit.error;
    for (const visit of visits) visit.#leavesNothing();
  }

  get counters() {
    return this.#run.counters;
  }

  get transport() {
    return this.#run.transport;
  }

  of(kind: Track['kind']): Visit['frames'] {
    return this.frames.filter((frame) => frame.kind === kind);
  }

  /** The fault with which the run ended. */
  async fault(): Promise<string> {
    const error = await this.error;
    expect(error).toBeInstanceOf(SourceError);
    return (error as SourceError).fault;
  }

  abort(): void {
    this.#abort.abort(new DOMException('the test is over', 'AbortError'));
  }

  /** Whatever happened, nothing may be left of it. */
  #leavesNothing(): void {
    expect(this.stream.tracks).toEqual([]);
    expect(this.stream.readerCount).toBe(0);
    this.stream.end();
    expect(this.pool.held).toBe(0);
    expect(this.sockets.every(({ destroyed }) => destroyed)).toBe(true);
    expect(this.datagrams).toEqual([]);
    if (this.clock instanceof FakeClock) expect(this.clock.pending).toBe(0);
  }

  #noting(policy: OutboundPolicy): CameraSockets {
    const sockets = cameraSockets(() => policy, { own: [] });
    return {
      connect: (target, onread) => {
        const socket = sockets.connect(target, onread);
        this.sockets.push(socket);
        return socket;
      },
      http: (target) => {
        const socket = sockets.http(target);
        this.sockets.push(socket);
        return socket;
      },
      openUdp: (target) => {
        const socket = sockets.openUdp(target);
        this.datagrams.push(socket);
        return socket.once('close', () => void this.datagrams.splice(this.datagrams.indexOf(socket), 1));
      },
    };
  }

  #frame({ track, key, dts }: Frame): void {
    this.frames.push({ kind: track.kind, key, seconds: dts / track.format.clockRate });
  }
}
