import type { ErrorCode } from '@nightjar/contract';
import { ERRORS } from '@nightjar/contract';
import { ClientMessage, type SocketMessage } from '@nightjar/contract/manager';
import type { WebSocket } from 'ws';
import { type Event, type Events, isFigures } from '../../../events/index.ts';
import { type Clock, invalidByIssues, type Log, type Principal } from '../../../kernel/index.ts';
import { managerError } from '../errors.ts';
import { type EventFilter, filterOf, mayHear, passes } from './filter.ts';
import { Outbox } from './outbox.ts';
import { textOf } from './present.ts';

export interface SessionOptions {
  socket: WebSocket;
  events: Events;
  clock: Clock;
  log: Log;
  /** The principal of a credential when it may see events; throws UNAUTHORIZED or FORBIDDEN. */
  admit: (credential: string) => Promise<Principal>;
  /** Already admitted; undefined: the first message must bring one. */
  admitted: Admitted | undefined;
  filter: EventFilter;
  since: number | undefined;
}

/** A credential and whose it is. */
export interface Admitted {
  credential: string;
  principal: Principal;
}

/** Who may send what: a message without a policy stops the program from being built. */
const MESSAGES: Readonly<Record<ClientMessage['type'], 'anybody' | 'admitted'>> = {
  auth: 'anybody',
  ping: 'admitted',
  subscribe: 'admitted',
};

const AUTH_MS = 5_000;
/** A credential that is revoked goes quiet within 5 s. */
const RECHECK_MS = 4_000;
const PING_MS = 15_000;
const MESSAGES_PER_PING = 60;

/** RFC 6455 §7.4.1. */
const CLOSE = { violation: 1008, tooSlow: 1013 } as const;

/** One event socket from its opening to its end. */
export class EventSession {
  readonly #options: SessionOptions;
  readonly #outbox: Outbox;
  readonly #endings: (() => void)[] = [];
  #admitted: Admitted | undefined;
  #filter: EventFilter;
  #begun = false;
  #alive = true;
  #messages = 0;
  #checking = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { socket, clock, log } = options;
    this.#admitted = options.admitted;
    this.#filter = options.filter;
    this.#outbox = new Outbox({ wire: socket, tooSlow: () => this.#tooSlow() });
    socket.on('message', (data, binary) => this.#received(binary ? undefined : String(data)));
    socket.on('pong', () => {
      this.#alive = true;
    });
    socket.on('error', (error) => log.debug({ err: error }, 'an event socket failed'));
    socket.once('close', () => this.#quiet());
    this.#endings.push(
      clock.every(PING_MS, () => this.#ping()),
      clock.every(RECHECK_MS, () => void this.#recheck()),
    );
    if (this.#admitted === undefined) {
      this.#endings.push(
        clock.after(AUTH_MS, () => {
          if (this.#admitted === undefined) this.#refuse('UNAUTHORIZED');
        }),
      );
    } else this.#begin(options.since);
  }

  /** Nothing is told any more, and the peer hears why. */
  end(code: number, reason: string): void {
    this.#quiet();
    this.#options.socket.close(code, reason);
    this.#options.clock.after(1_000, () => this.#options.socket.terminate());
  }

  #tooSlow(): void {
    this.#options.log.warn('an event socket is closed: its peer does not read');
    this.end(CLOSE.tooSlow, 'TOO_SLOW');
  }

  #quiet(): void {
    this.#outbox.close();
    for (const stop of this.#endings.splice(0)) stop();
  }

  #refuse(code: ErrorCode): void {
    this.#say(
      managerError({ code, message: ERRORS[code].message, status: ERRORS[code].status, details: {} }),
    );
    this.end(CLOSE.violation, code);
  }

  #say(message: SocketMessage | ReturnType<typeof managerError>): void {
    this.#outbox.send(JSON.stringify('error' in message ? { type: 'error', ...message } : message));
  }

  #begin(since: number | undefined): void {
    this.#begun = true;
    this.#replay(since);
    this.#endings.push(this.#options.events.listen((event) => this.#tell(event), 'all'));
  }

  #replay(since: number | undefined): void {
    const { events } = this.#options;
    if (since !== undefined) {
      const missed = events.after(since);
      if (!missed.complete) this.#say({ type: 'events.gap', since, oldest_id: missed.oldestId });
      for (const event of missed.events) this.#tell(event);
    }
    this.#say({ type: 'events.ready', last_id: events.lastId });
  }

  #tell(event: Event): void {
    if (!passes(this.#filter, event) || !mayHear(this.#admitted?.principal, event)) return;
    if (isFigures(event)) this.#outbox.sendFigures(`${event.type} ${event.stream_id}`, textOf(event));
    else this.#outbox.send(textOf(event));
  }

  #received(text: string | undefined): void {
    if (text === undefined || ++this.#messages > MESSAGES_PER_PING) {
      this.#refuse(text === undefined ? 'INVALID_CONFIGURATION' : 'RATE_LIMITED');
      return;
    }
    const message = ClientMessage.safeParse(jsonOf(text));
    if (message.success) this.#handle(message.data);
    else if (this.#admitted === undefined) this.#refuse('UNAUTHORIZED');
    else {
      const { code, status, details, message: words } = invalidByIssues(message.error.issues, 'message');
      this.#say(managerError({ code, status, details, message: words }));
    }
  }

  #handle(message: ClientMessage): void {
    if (MESSAGES[message.type] !== 'anybody' && this.#admitted === undefined) this.#refuse('UNAUTHORIZED');
    else if (message.type === 'auth') void this.#authenticate(message.token);
    else if (message.type === 'ping') this.#say({ type: 'pong' });
    else {
      this.#filter = filterOf(message);
      const { streams = null, types = null, since } = message;
      this.#say({ type: 'events.subscribed', streams, types });
      if (since !== undefined) this.#replay(since);
    }
  }

  async #authenticate(token: string): Promise<void> {
    if (!(await this.#admit(token))) return;
    this.#say({ type: 'auth.ok' });
    if (!this.#begun) this.#begin(this.#options.since);
  }

  /** What may be heard is what its principal may now; refuses and answers false when it no longer counts. */
  async #admit(credential: string): Promise<boolean> {
    try {
      this.#admitted = { credential, principal: await this.#options.admit(credential) };
      return this.#options.socket.readyState === this.#options.socket.OPEN;
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (code !== 'UNAUTHORIZED' && code !== 'FORBIDDEN') {
        this.#options.log.error({ err: error }, 'a credential could not be checked');
      }
      this.#refuse(code === 'UNAUTHORIZED' || code === 'FORBIDDEN' ? code : 'INTERNAL_ERROR');
      return false;
    }
  }

  /** Looks again at what its principal may. */
  recheck(): void {
    void this.#recheck();
  }

  async #recheck(): Promise<void> {
    if (this.#admitted === undefined || this.#checking) return;
    this.#checking = true;
    await this.#admit(this.#admitted.credential);
    this.#checking = false;
  }

  #ping(): void {
    this.#messages = 0;
    if (!this.#alive) this.#options.socket.terminate();
    this.#alive = false;
    this.#options.socket.ping();
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
