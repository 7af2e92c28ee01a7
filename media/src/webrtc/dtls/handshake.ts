import { type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Fingerprint, Identity } from '../certificate/index.ts';
import {
  MASTER_KEY_BYTES,
  MASTER_SALT_BYTES,
  SRTP_PROFILES,
  type SrtpMaster,
  type SrtpProfile,
} from '../srtp/index.ts';
import { HANDSHAKE } from './constants.ts';
import { DtlsError } from './dtls-error.ts';
import { chooseGroup, createKeyExchange, type KeyExchange } from './key-exchange.ts';
import { checkCertificateVerify, readCertificate, readClientKeyExchange } from './messages/client-flight.ts';
import { type ClientHello, checkClientHello, readClientHello } from './messages/client-hello.ts';
import { type CookieOptions, cookieFor, hasCookie } from './messages/cookie.ts';
import { type Draft, helloVerifyRequest, serverFlight } from './messages/server-flight.ts';
import { cut, exportKeys, extendedMaster, type RecordKeys, recordKeys, verifyData } from './prf.ts';
import type { HandshakeMessage } from './reassembly.ts';
import { Transcript } from './transcript.ts';

/** What a finished handshake gives: SRTP keys of both directions. */
export interface DtlsKeys {
  readonly profile: SrtpProfile;
  /** For what the client sends. */
  readonly client: SrtpMaster;
  /** For what we send. */
  readonly server: SrtpMaster;
}

export interface HandshakeOptions {
  readonly identity: Identity;
  /** The client's certificate must have one of them. */
  readonly fingerprints: readonly Fingerprint[];
  /** In our order of preference. */
  readonly profiles: readonly SrtpProfile[];
  readonly random: (bytes: number) => Buffer;
  readonly cookie: CookieOptions | undefined;
}

/** What to do after a message of the client. */
export type Step =
  | { readonly kind: 'wait' }
  /** The client shall show a cookie first. */
  | { readonly kind: 'verify'; readonly reply: Numbered }
  | { readonly kind: 'flight'; readonly messages: readonly Numbered[] }
  /** Records of epoch 1 can be read and written from here. */
  | { readonly kind: 'keys'; readonly keys: { client: RecordKeys; server: RecordKeys } }
  /** The client is who it claims to be; our Finished is the last word. */
  | { readonly kind: 'done'; readonly messages: readonly Numbered[]; readonly keys: DtlsKeys };

export interface Numbered extends Draft {
  readonly messageSequence: number;
}

const EXPORTER_LABEL = 'EXTRACTOR-dtls_srtp';
const WAIT: Step = { kind: 'wait' };

/**
 * The server's side of one full handshake (RFC 5246 7.3): messages in, in order and whole; messages out. Throws
 * DtlsError or MalformedError when the client is not to be trusted or understood.
 */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #transcript = new Transcript();
  readonly #random: Buffer;
  #expected: number = HANDSHAKE.clientHello;
  #sequence = 0;
  #hello: ClientHello | undefined;
  #profile: SrtpProfile | undefined;
  #exchange: KeyExchange | undefined;
  #clientKey: KeyObject | undefined;
  #master: KeyObject | undefined;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#random = options.random(32);
  }

  message(message: HandshakeMessage): Step {
    const { type, body } = message;
    if (type !== this.#expected) {
      throw new DtlsError('unexpected_message', `handshake message ${type} where ${this.#expected} was due`);
    }
    switch (type) {
      case HANDSHAKE.clientHello:
        return this.#clientHello(message);
      case HANDSHAKE.certificate:
        this.#clientKey = readCertificate(body, this.#options.fingerprints);
        return this.#note(message, HANDSHAKE.clientKeyExchange, WAIT);
      case HANDSHAKE.clientKeyExchange:
        return this.#clientKeyExchange(message);
      case HANDSHAKE.certificateVerify:
        checkCertificateVerify(body, this.#clientKey!, this.#transcript.bytes());
        return this.#note(message, HANDSHAKE.finished, WAIT);
      default:
        return this.#finished(message);
    }
  }

  #note({ type, messageSequence, body }: HandshakeMessage, next: number, step: Step): Step {
    this.#transcript.add(type, messageSequence, body);
    this.#expected = next;
    return step;
  }

  #clientHello(message: HandshakeMessage): Step {
    const { cookie, profiles, identity } = this.#options;
    const hello = readClientHello(message.body);
    if (cookie && !hasCookie(hello, cookie)) {
      // RFC 6347 4.2.1: neither this hello nor the answer is part of the transcript.
      this.#sequence = message.messageSequence + 1;
      const draft = helloVerifyRequest(cookieFor(hello, cookie));
      return { kind: 'verify', reply: { ...draft, messageSequence: message.messageSequence } };
    }
    checkClientHello(hello);
    const group = chooseGroup(hello.groups);
    if (group === undefined)
      throw new DtlsError('handshake_failure', 'the client has neither X25519 nor P-256');
    const profile = profiles.find((one) => hello.srtpProfiles?.includes(SRTP_PROFILES[one]));
    if (!profile) throw new DtlsError('handshake_failure', 'no SRTP profile in common');
    this.#hello = hello;
    this.#profile = profile;
    this.#exchange = createKeyExchange(group);
    this.#note(message, HANDSHAKE.certificate, WAIT);
    const drafts = serverFlight({
      hello,
      random: this.#random,
      srtpProfile: SRTP_PROFILES[profile],
      certificate: identity.certificate,
      key: identity.key,
      exchange: this.#exchange,
    });
    return { kind: 'flight', messages: drafts.map((draft) => this.#say(draft)) };
  }

  #say(draft: Draft): Numbered {
    const messageSequence = this.#sequence++;
    this.#transcript.add(draft.type, messageSequence, draft.body);
    return { ...draft, messageSequence };
  }

  #clientKeyExchange(message: HandshakeMessage): Step {
    const premaster = this.#exchange!.secret(readClientKeyExchange(message.body));
    this.#note(message, HANDSHAKE.certificateVerify, WAIT);
    // RFC 7627 3: the session hash ends with this message.
    this.#master = extendedMaster(premaster, this.#transcript.hash());
    return { kind: 'keys', keys: recordKeys(this.#master, this.#hello!.random, this.#random) };
  }

  #finished(message: HandshakeMessage): Step {
    const due = verifyData(this.#master!, 'client', this.#transcript.hash());
    if (message.body.length !== due.length || !timingSafeEqual(message.body, due)) {
      throw new DtlsError('decrypt_error', "the client's Finished does not match the handshake");
    }
    this.#note(message, -1, WAIT);
    const body = verifyData(this.#master!, 'server', this.#transcript.hash());
    const messages = [this.#say({ type: HANDSHAKE.finished, body })];
    this.#transcript.clear();
    return { kind: 'done', messages, keys: this.#srtpKeys() };
  }

  /** RFC 5764 4.2. */
  #srtpKeys(): DtlsKeys {
    const profile = this.#profile!;
    const salt = MASTER_SALT_BYTES[profile];
    const sizes = [MASTER_KEY_BYTES, MASTER_KEY_BYTES, salt, salt];
    const total = 2 * (MASTER_KEY_BYTES + salt);
    const exported = exportKeys(this.#master!, EXPORTER_LABEL, this.#hello!.random, this.#random, total);
    const [clientKey, serverKey, clientSalt, serverSalt] = cut(exported, sizes);
    return {
      profile,
      client: { key: clientKey!, salt: clientSalt! },
      server: { key: serverKey!, salt: serverSalt! },
    };
  }
}
