import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { Fingerprint } from '../certificate/index.ts';
import { type DtlsEnd, type DtlsKeys, DtlsServer } from '../dtls/index.ts';
import {
  bytesOf,
  type Datagram,
  type PacketRun,
  preferredProfiles,
  type SrtpProfile,
  SrtpReceiver,
  SrtpSender,
} from '../srtp/index.ts';
import { answerBinding, type BindingRequest } from '../stun/index.ts';
import type {
  IceCredentials,
  PeerTransport,
  TransportEnd,
  TransportOptions,
  TransportState,
} from './contract.ts';
import type { DatagramKind } from './datagram-kind.ts';
import type { Path } from './path.ts';

/** Milliseconds; see {@link TransportOptions}. */
const SILENCE = 15_000;
const PATIENCE = 30_000;
/** DTLS datagrams kept until signalling has named the fingerprint. */
const MAX_EARLY = 8;
/** Verified addresses of one peer; a browser with several networks has about as many. */
const MAX_PATHS = 8;

/** What the mux does for its transports. */
export interface Host {
  /** The path is no longer the transport's. */
  forget(path: Path): void;
  ended(transport: Transport): void;
}

/** ICE-lite, DTLS and SRTP of one peer. The mux feeds it with what came for it. */
export class Transport implements PeerTransport {
  readonly ice: IceCredentials;
  readonly fingerprint: Fingerprint;
  readonly #options: TransportOptions;
  readonly #host: Host;
  readonly #iceKey: KeyObject;
  readonly #paths = new Set<Path>();
  #state: TransportState = 'new';
  #path: Path | undefined;
  /** Nominated, but nothing authentic has come over it yet. */
  #nominated: Path | undefined;
  #dtls: DtlsServer | undefined;
  #early: Buffer[] = [];
  #profile: SrtpProfile | undefined;
  #outgoing: SrtpSender | undefined;
  #incoming: SrtpReceiver | undefined;
  #heard = 0;
  #sent = 0;
  #received = 0;
  #ignored = 0;
  #stopPatience: () => void;
  #stopSilence: (() => void) | undefined;

  constructor(options: TransportOptions, host: Host) {
    const random = options.random ?? randomBytes;
    this.#options = options;
    this.#host = host;
    // Base64 digits are ice-chars (RFC 8839 5.4).
    this.ice = { ufrag: random(6).toString('base64'), password: random(18).toString('base64') };
    this.fingerprint = options.identity.fingerprint;
    this.#iceKey = createSecretKey(Buffer.from(this.ice.password));
    this.#stopPatience = options.clock.after(options.patience ?? PATIENCE, () =>
      this.#end(
        'timeout',
        `not connected in time (${this.#paths.size > 0 ? 'address verified' : 'nothing came'})`,
      ),
    );
  }

  get state(): TransportState {
    return this.#state;
  }

  get profile(): SrtpProfile | undefined {
    return this.#profile;
  }

  get path(): Path | undefined {
    return this.#path;
  }

  get counters(): { sent: number; received: number; refused: number } {
    const { malformed = 0, replayed = 0, forged = 0, crowded = 0 } = this.#incoming?.refused ?? {};
    const refused = this.#ignored + (this.#dtls?.ignored ?? 0) + malformed + replayed + forged + crowded;
    return { sent: this.#sent, received: this.#received, refused };
  }

  expect(fingerprints: readonly Fingerprint[]): void {
    if (this.#dtls) throw new Error('a transport expects fingerprints only once');
    if (this.#state === 'closed') return;
    const { identity, clock, profiles = preferredProfiles(), random } = this.#options;
    this.#dtls = new DtlsServer({
      identity,
      clock,
      fingerprints,
      profiles,
      ...(random ? { random } : {}),
      events: {
        send: (datagram) => this.#send([datagram]),
        onConnected: (keys) => this.#connected(keys),
        onEnd: (end, detail) => this.#dtlsEnded(end, detail),
      },
    });
    const early = this.#early;
    this.#early = [];
    for (const datagram of early) this.#dtls.receive(datagram);
  }

  sendRtp(header: Buffer, payload: Buffer, lead?: Buffer): void {
    if (this.#state !== 'connected') return;
    const parts = this.#outgoing!.rtp(header, payload, lead);
    if (parts) this.#send(parts);
  }

  sendRun(run: PacketRun): void {
    const path = this.#path;
    if (this.#state !== 'connected' || !path || path.full) return;
    this.#outgoing!.run(run, (packets) => {
      this.#sent += bytesOf(packets);
      path.sendAll(packets);
    });
  }

  resendRtp(header: Buffer, payload: Buffer): void {
    if (this.#state !== 'connected') return;
    const parts = this.#outgoing!.again(header, payload);
    if (parts) this.#send(parts);
  }

  sendRtcp(packet: Buffer): void {
    if (this.#state !== 'connected') return;
    const sealed = this.#outgoing!.rtcp(packet);
    if (sealed) this.#send([sealed]);
  }

  close(): void {
    if (this.#dtls && this.#state !== 'closed') this.#dtls.close();
    else this.#end('closed', 'closed by us');
  }

  /** Mux only: a connectivity check for our ufrag came over `path`. False when it proves nothing. */
  check(request: BindingRequest, path: Path): boolean {
    if (this.#state === 'closed' || !request.message.isSignedWith(this.#iceKey)) return false;
    const { accepted, answer } = answerBinding(request, path, this.#iceKey);
    this.#sent += answer.length;
    path.send([answer]);
    if (!accepted) return false;
    this.#heard = this.#options.clock.monotonic();
    this.#stopSilence ?? this.#watch(this.#options.silence ?? SILENCE);
    if (this.#state === 'new') this.#state = 'checking';
    this.#verified(path);
    if (request.useCandidate) this.#nominate(path);
    else this.#path ??= path;
    return true;
  }

  /** Mux only: a datagram over a verified path; its buffer belongs to us. */
  receive(kind: Exclude<DatagramKind, 'stun'>, b: Buffer, path: Path): void {
    if (this.#state === 'closed') return;
    this.#received += b.length;
    if (kind === 'dtls') this.#receiveDtls(b);
    else if (!this.#incoming) this.#ignored++;
    else {
      const end = this.#incoming[kind](b, 0, b.length);
      if (end < 0) return;
      if (path === this.#nominated) this.#use(path);
      if (kind === 'rtp') this.#options.events.onRtp(b, 0, end);
      else this.#options.events.onRtcp(b, 0, end);
    }
  }

  /** Mux only: the path is gone, such as a closed TCP connection. */
  lose(path: Path): void {
    this.#paths.delete(path);
    if (this.#nominated === path) this.#nominated = undefined;
    if (this.#path === path) this.#path = [...this.#paths].at(-1);
  }

  /**
   * A check can be recorded and sent again from elsewhere, and a lite agent makes none itself. So media that flows
   * follows a nomination by datagram only behind a packet that nobody else could have sent; whoever completes a TCP
   * handshake is where it says.
   */
  #nominate(path: Path): void {
    if (this.#state !== 'connected' || path.protocol === 'tcp') this.#use(path);
    else if (path !== this.#path) this.#nominated = path;
  }

  #use(path: Path): void {
    this.#path = path;
    this.#nominated = undefined;
  }

  #receiveDtls(b: Buffer): void {
    if (this.#dtls) this.#dtls.receive(b);
    else if (this.#early.length < MAX_EARLY) this.#early.push(b);
    else this.#ignored++;
  }

  #verified(path: Path): void {
    if (this.#paths.has(path)) return;
    const oldest = [...this.#paths].find((one) => one !== this.#path);
    if (this.#paths.size >= MAX_PATHS && oldest) {
      this.#paths.delete(oldest);
      this.#host.forget(oldest);
      oldest.close();
    }
    this.#paths.add(path);
  }

  /** Consent lasts only while authenticated checks come (RFC 7675 5.1). */
  #watch(ms: number): void {
    const { clock, silence = SILENCE } = this.#options;
    this.#stopSilence = clock.after(ms, () => {
      const left = this.#heard + silence - clock.monotonic();
      if (left > 0) this.#watch(left);
      else this.#end('gone', `not heard from for ${silence} ms`);
    });
  }

  #send(datagram: Datagram): void {
    const path = this.#path;
    if (!path) return;
    this.#count(datagram);
    path.send(datagram);
  }

  #count(datagram: Datagram): void {
    for (const part of datagram) this.#sent += part.length;
  }

  #connected({ profile, client, server }: DtlsKeys): void {
    this.#stopPatience();
    this.#profile = profile;
    this.#outgoing = new SrtpSender(profile, server);
    this.#incoming = new SrtpReceiver(profile, client);
    this.#state = 'connected';
    this.#options.events.onConnected();
  }

  #dtlsEnded(end: DtlsEnd, detail: string): void {
    this.#end(end, detail);
  }

  #end(end: TransportEnd, detail: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopPatience();
    this.#stopSilence?.();
    this.#early = [];
    if (end === 'gone' || end === 'timeout') this.#dtls?.close();
    for (const path of this.#paths) {
      this.#host.forget(path);
      path.close();
    }
    this.#paths.clear();
    this.#path = undefined;
    this.#nominated = undefined;
    this.#host.ended(this);
    this.#options.events.onEnd(end, detail);
  }
}
