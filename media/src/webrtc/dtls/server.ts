import { randomBytes } from 'node:crypto';
import { MalformedError } from '../../bytes/index.ts';
import type { Clock } from '../../stream/index.ts';
import { ALERT, type AlertName, alertName, HANDSHAKE, RECORD } from './constants.ts';
import { DtlsError } from './dtls-error.ts';
import { FlightSender } from './flight-sender.ts';
import { type DtlsKeys, Handshake, type HandshakeOptions, type Step } from './handshake.ts';
import { type Fragment, type HandshakeMessage, Reassembly, readFragments } from './reassembly.ts';
import { type DtlsRecord, RecordOpener, RecordSealer, readRecords } from './record.ts';

/** Milliseconds until a flight is sent again, doubling up to the last one (RFC 6347 4.2.4.1). */
const RESEND = { first: 500, most: 8_000, times: 8 };
/** Milliseconds between two answers to what the client repeats. */
const ANSWER_INTERVAL = 50;
/** Records of epoch 1 that overtook the messages which give their keys. */
const MAX_EARLY = 4;
const MAX_EARLY_BYTES = 512;
/** Refusals to renegotiate that one peer gets. */
const MAX_REFUSALS = 8;

/** Why an association ended. */
export type DtlsEnd = 'closed' | 'peer_closed' | 'timeout' | 'fingerprint' | 'handshake';

export interface DtlsEvents {
  send(datagram: Buffer): void;
  /** The client has proved to hold the key of an expected certificate, and that nobody changed the handshake. */
  onConnected(keys: DtlsKeys): void;
  /** Once; nothing follows. */
  onEnd(end: DtlsEnd, detail: string): void;
}

export interface DtlsServerOptions extends Omit<HandshakeOptions, 'random' | 'cookie'> {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly events: DtlsEvents;
  /** The machine's generator when absent. */
  readonly random?: HandshakeOptions['random'];
  /** Demands a cookie first; for addresses that nothing else has verified. */
  readonly cookie?: HandshakeOptions['cookie'];
}

/** One DTLS 1.2 association in the server role, for one client: datagrams in, datagrams out (RFC 6347). */
export class DtlsServer {
  /** Records that were forged, came twice or made no sense where they came. */
  ignored = 0;
  readonly #clock: DtlsServerOptions['clock'];
  readonly #events: DtlsEvents;
  readonly #handshake: Handshake;
  readonly #reassembly = new Reassembly();
  readonly #sender: FlightSender;
  #state: 'handshake' | 'connected' | 'closed' = 'handshake';
  #opener: RecordOpener | undefined;
  #early: DtlsRecord[] = [];
  #stopTimer: (() => void) | undefined;
  #answered = Number.NEGATIVE_INFINITY;
  #refusals = 0;

  constructor(options: DtlsServerOptions) {
    this.#clock = options.clock;
    this.#events = options.events;
    this.#handshake = new Handshake({
      ...options,
      random: options.random ?? randomBytes,
      cookie: options.cookie,
    });
    this.#sender = new FlightSender((datagram) => options.events.send(datagram));
  }

  get state(): 'handshake' | 'connected' | 'closed' {
    return this.#state;
  }

  /** Takes one datagram of the client; the buffer is not kept. */
  receive(datagram: Buffer): void {
    for (const record of readRecords(datagram)) {
      if (this.#state === 'closed') return;
      if (record.epoch === 0) this.#plain(record);
      else if (record.epoch === 1) this.#sealed(record);
      else this.ignored++;
    }
  }

  /** Says goodbye. Idempotent. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#sender.alert('warning', ALERT.close_notify, this.#state === 'connected');
    this.#end('closed', 'closed by us');
  }

  #plain({ type, body }: DtlsRecord): void {
    // Anybody can write plaintext: once there are keys it counts for nothing.
    if (this.#state === 'connected') this.ignored++;
    else if (type === RECORD.handshake) this.#fragments(body, 0);
    else if (type === RECORD.alert) this.#alert(body);
    else if (type !== RECORD.changeCipherSpec) this.ignored++;
  }

  #sealed(record: DtlsRecord): void {
    if (!this.#opener) {
      if (this.#early.length >= MAX_EARLY || record.body.length > MAX_EARLY_BYTES) this.ignored++;
      else this.#early.push({ ...record, body: Buffer.from(record.body) });
      return;
    }
    const body = this.#opener.open(record);
    if (!body) this.ignored++;
    else if (record.type === RECORD.handshake) this.#fragments(body, 1);
    else if (record.type === RECORD.alert) this.#alert(body);
    else this.ignored++;
  }

  #fragments(body: Buffer, epoch: number): void {
    try {
      for (const fragment of readFragments(body)) {
        if (this.#state === 'connected') this.#afterwards(fragment);
        else if (this.#state === 'handshake') this.#fragment(fragment, epoch);
      }
    } catch (error) {
      // A record that cannot be read is dropped (RFC 6347 4.1.2.7).
      if (!(error instanceof MalformedError)) throw error;
      this.ignored++;
    }
  }

  #fragment(fragment: Fragment, epoch: number): void {
    if ((fragment.type === HANDSHAKE.finished) !== (epoch === 1)) {
      this.ignored++;
      return;
    }
    try {
      if (this.#reassembly.add(fragment)) this.#advance();
      else if (fragment.type === HANDSHAKE.clientHello) this.#answerAgain();
    } catch (error) {
      this.#fail(error);
    }
  }

  #advance(): void {
    for (let message = this.#next(); message; message = this.#next())
      this.#step(this.#handshake.message(message));
    if (!this.#opener) return;
    const early = this.#early;
    this.#early = [];
    for (const record of early) if (this.#state !== 'closed') this.#sealed(record);
  }

  #next(): HandshakeMessage | undefined {
    return this.#state === 'handshake' ? this.#reassembly.take() : undefined;
  }

  #step(step: Step): void {
    switch (step.kind) {
      case 'verify':
        this.#sender.flight({ messages: [step.reply], sealed: false });
        break;
      case 'flight':
        this.#resendLater(RESEND.first, RESEND.times);
        this.#sender.flight({ messages: step.messages, sealed: false });
        break;
      case 'keys':
        this.#opener = new RecordOpener(step.keys.client);
        this.#sender.seal(new RecordSealer(step.keys.server));
        break;
      case 'done':
        this.#stopTimer?.();
        this.#state = 'connected';
        this.#reassembly.clear();
        this.#sender.flight({ messages: step.messages, sealed: true });
        this.#events.onConnected(step.keys);
        break;
      default:
    }
  }

  #resendLater(ms: number, times: number): void {
    this.#stopTimer = this.#clock.after(ms, () => {
      if (times === 0) {
        this.#end('timeout', 'the client did not finish the handshake');
        return;
      }
      this.#resendLater(Math.min(ms * 2, RESEND.most), times - 1);
      this.#sender.repeat();
    });
  }

  /** The client sent its flight again: it has not got ours. */
  #answerAgain(): void {
    if (this.#mayAnswer()) this.#sender.repeat();
  }

  #mayAnswer(): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#answered < ANSWER_INTERVAL) return false;
    this.#answered = now;
    return true;
  }

  /** An authentic handshake message behind the handshake: a repeated Finished, or a wish to renegotiate. */
  #afterwards({ type, messageSequence }: Fragment): void {
    if (messageSequence < this.#reassembly.next) {
      if (type === HANDSHAKE.finished) this.#answerAgain();
    } else if (this.#refusals < MAX_REFUSALS && this.#mayAnswer()) {
      this.#refusals++;
      this.#sender.alert('warning', ALERT.no_renegotiation, true);
    }
  }

  #alert(body: Buffer): void {
    const [level, code] = body;
    if (body.length !== 2 || code === undefined) this.ignored++;
    else if (code === ALERT.close_notify) {
      this.#sender.alert('warning', ALERT.close_notify, this.#state === 'connected');
      this.#end('peer_closed', 'the client said goodbye');
    } else if (level === 2) this.#end('handshake', `the client ended it with ${alertName(code)}`);
  }

  #fail(error: unknown): void {
    let alert: AlertName = 'internal_error';
    if (error instanceof DtlsError) alert = error.alert;
    else if (error instanceof MalformedError) alert = 'decode_error';
    this.#sender.alert('fatal', ALERT[alert], this.#state === 'connected');
    const stranger = error instanceof DtlsError && error.stranger;
    this.#end(stranger ? 'fingerprint' : 'handshake', error instanceof Error ? error.message : String(error));
  }

  #end(end: DtlsEnd, detail: string): void {
    this.#stopTimer?.();
    this.#state = 'closed';
    this.#early = [];
    this.#reassembly.clear();
    this.#events.onEnd(end, detail);
  }
}
