import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DoorTicket } from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import type { Viewer, Viewers } from '../../viewers/index.ts';

export interface HlsSessionsOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'every' | 'after'>;
  readonly viewers: Viewers;
}

/** Milliseconds without a request after which a viewer has left. */
const ABSENT = 15_000;
const SWEEP = 1_000;
/** Milliseconds in which live media must be taken; who is slower cannot keep up with it. */
const PATIENCE = 10_000;

interface Session {
  readonly viewer: Viewer;
  readonly answers: Set<ServerResponse>;
  seen: number;
}

/** HLS viewers have no connection of their own: those who ask with one ticket's facts are one viewer. */
export class HlsSessions {
  readonly #options: HlsSessionsOptions;
  readonly #sessions = new Map<string, Session>();
  #stopSweep: (() => void) | undefined;

  constructor(options: HlsSessionsOptions) {
    this.#options = options;
  }

  /**
   * Counts a request to its viewer, and what is answered until the response is closed. An answer that is not
   * taken in time ends the viewer as too slow. Throws ViewerLimitError.
   */
  request(ticket: DoorTicket, request: IncomingMessage, response: ServerResponse): void {
    const { clock } = this.#options;
    const session = this.#of(ticket, request.headers['user-agent'] ?? '');
    session.seen = clock.monotonic();
    session.answers.add(response);
    const { socket } = request;
    const before = socket.bytesWritten;
    response.once('close', () => {
      session.answers.delete(response);
      session.seen = clock.monotonic();
      session.viewer.bytes += socket.bytesWritten - before;
    });
  }

  /** The whole answer was written: from here it must be taken in time. */
  answered(ticket: DoorTicket, request: IncomingMessage, response: ServerResponse): void {
    if (response.closed) return;
    const session = this.#sessions.get(keyOf(ticket, request.headers['user-agent'] ?? ''));
    const cancel = this.#options.clock.after(PATIENCE, () => {
      response.destroy();
      if (!session) return;
      session.viewer.dropped++;
      session.viewer.close('too_slow');
    });
    response.once('close', cancel);
  }

  #of(ticket: DoorTicket, agent: string): Session {
    const key = keyOf(ticket, agent);
    const existing = this.#sessions.get(key);
    if (existing) return existing;
    const answers = new Set<ServerResponse>();
    const viewer = this.#options.viewers.open({
      streamId: ticket.stream_id,
      protocol: 'hls',
      who: ticket.sub,
      address: ticket.address ?? '',
      proof: ticket.grant,
      unblurred: ticket.unblurred,
      close: () => {
        this.#forget(key);
        for (const answer of answers) answer.destroy();
      },
    });
    const session = { viewer, answers, seen: this.#options.clock.monotonic() };
    this.#sessions.set(key, session);
    this.#stopSweep ??= this.#options.clock.every(SWEEP, () => this.#sweep());
    return session;
  }

  #sweep(): void {
    const now = this.#options.clock.monotonic();
    for (const [key, { viewer, answers, seen }] of this.#sessions) {
      if (answers.size > 0 || now - seen < ABSENT) continue;
      this.#forget(key);
      viewer.end('left');
    }
  }

  #forget(key: string): void {
    this.#sessions.delete(key);
    if (this.#sessions.size > 0) return;
    this.#stopSweep?.();
    this.#stopSweep = undefined;
  }
}

const keyOf = ({ stream_id, sub, address = '' }: DoorTicket, agent: string): string =>
  JSON.stringify([stream_id, sub, address, agent]);
