import { createPublicKey, randomBytes, sign, verify, X509Certificate } from 'node:crypto';
import { type Fingerprint, fingerprintOf, type Identity } from '../certificate/index.ts';
import { DTLS_1_2, ECDSA_SHA256, EXTENSION, HANDSHAKE, RECORD, SUITE } from '../dtls/constants.ts';
import { createKeyExchange, GROUPS } from '../dtls/key-exchange.ts';
import { uint16, VectorReader, vector } from '../dtls/messages/vector-reader.ts';
import { cut, exportKeys, extendedMaster, recordKeys, verifyData } from '../dtls/prf.ts';
import { Reassembly, readFragments, writeFragment } from '../dtls/reassembly.ts';
import { plainRecord, RecordOpener, RecordSealer, readRecords } from '../dtls/record.ts';
import { Transcript } from '../dtls/transcript.ts';

/** One handshake message of the client as it is about to be sent. */
export interface ClientMessage {
  readonly type: number;
  readonly messageSequence: number;
  readonly body: Buffer;
}

export interface DtlsClientOptions {
  readonly identity: Identity;
  readonly send: (datagram: Buffer) => void;
  /** SRTP profiles to offer, by number. */
  readonly profiles?: readonly number[];
  readonly group?: number;
  /** Signs with this key in place of the certificate's own. */
  readonly forgedKey?: Identity['key'];
  /** Changes the body of a message on its way out; the transcript has it as it goes. */
  readonly tamper?: (message: ClientMessage) => Buffer;
  /** Changes Finished after it was computed. */
  readonly spoilFinished?: boolean;
  /** Bytes of a fragment. */
  readonly fragment?: number;
  /** Called with the records of a flight in place of sending them. */
  readonly release?: (records: Buffer[]) => void;
  /** Extension numbers to leave out of the hello. */
  readonly without?: readonly number[];
  readonly suites?: readonly number[];
  readonly versions?: readonly number[];
}

/** A DTLS 1.2 client that can lie, for tests of the server: not meant to be safe, complete or fast. */
export class DtlsClient {
  /** Names of alerts received, and whether the server's Finished came and was right. */
  readonly alerts: { level: number; code: number; sealed: boolean }[] = [];
  connected = false;
  serverFingerprint: Fingerprint | undefined;
  /** Key and salt material as exported: client key, server key, client salt, server salt. */
  exported: Buffer = Buffer.alloc(0);
  chosenProfile = 0;
  readonly #options: DtlsClientOptions;
  readonly #random = randomBytes(32);
  readonly #reassembly = new Reassembly();
  readonly #exchange: ReturnType<typeof createKeyExchange>;
  readonly #seen = new Map<number, Buffer>();
  #transcript = new Transcript();
  #sequence = 0;
  #messageSequence = 0;
  #sealer: RecordSealer | undefined;
  #opener: RecordOpener | undefined;
  #master: ReturnType<typeof extendedMaster> | undefined;

  constructor(options: DtlsClientOptions) {
    this.#options = options;
    this.#exchange = createKeyExchange(options.group ?? GROUPS.x25519);
  }

  hello(cookie: Buffer = Buffer.alloc(0)): void {
    this.#flight([{ type: HANDSHAKE.clientHello, body: this.#helloBody(cookie) }]);
  }

  receive(datagram: Buffer): void {
    for (const record of readRecords(datagram)) {
      const body = record.epoch === 1 ? this.#opener?.open(record) : record.body;
      if (!body) continue;
      if (record.type === RECORD.alert) {
        this.alerts.push({ level: body[0]!, code: body[1]!, sealed: record.epoch === 1 });
      } else if (record.type === RECORD.handshake) {
        for (const fragment of readFragments(body)) this.#reassembly.add(fragment);
        for (let one = this.#reassembly.take(); one; one = this.#reassembly.take()) this.#message(one);
      }
    }
  }

  /** A record with the next number, sealed when `epoch` is 1. */
  record(type: number, body: Buffer, epoch: 0 | 1): Buffer {
    return epoch === 1 ? this.#sealer!.seal(type, body) : plainRecord(type, this.#sequence++, body);
  }

  /** A message with the next number, whole. */
  message(type: number, body: Buffer): Buffer {
    return writeFragment(type, this.#messageSequence++, body);
  }

  #helloBody(cookie: Buffer): Buffer {
    const {
      profiles = [7, 1],
      without = [],
      suites = [SUITE],
      versions,
      group = GROUPS.x25519,
    } = this.#options;
    const known: [number, Buffer][] = [
      [EXTENSION.supportedGroups, vector(2, uint16(0x11ec, group))],
      [EXTENSION.pointFormats, vector(1, Buffer.from([0]))],
      [EXTENSION.signatureAlgorithms, vector(2, uint16(ECDSA_SHA256, 0x0401))],
      [EXTENSION.useSrtp, Buffer.concat([vector(2, uint16(...profiles)), vector(1)])],
      [EXTENSION.extendedMasterSecret, Buffer.alloc(0)],
      [EXTENSION.renegotiationInfo, vector(1)],
    ];
    if (versions) known.push([EXTENSION.supportedVersions, vector(1, uint16(...versions))]);
    const extensions = known
      .filter(([type]) => !without.includes(type))
      .map(([type, value]) => Buffer.concat([uint16(type), vector(2, value)]));
    return Buffer.concat([
      uint16(DTLS_1_2),
      this.#random,
      vector(1),
      vector(1, cookie),
      vector(2, uint16(...suites)),
      vector(1, Buffer.from([0])),
      vector(2, ...extensions),
    ]);
  }

  #message({ type, messageSequence, body }: { type: number; messageSequence: number; body: Buffer }): void {
    if (type === HANDSHAKE.helloVerifyRequest) {
      this.#transcript = new Transcript();
      this.hello(new VectorReader(body.subarray(2)).vector(1));
      return;
    }
    if (type === HANDSHAKE.finished) {
      this.connected = verifyData(this.#master!, 'server', this.#transcript.hash()).equals(body);
      return;
    }
    this.#transcript.add(type, messageSequence, body);
    this.#seen.set(type, body);
    if (type === HANDSHAKE.serverHelloDone) this.#answer();
  }

  #answer(): void {
    const serverRandom = this.#readServerHello();
    const peer = this.#readKeyExchange(serverRandom);
    const { identity, forgedKey } = this.#options;
    const first = [
      { type: HANDSHAKE.certificate, body: vector(3, vector(3, identity.certificate)) },
      { type: HANDSHAKE.clientKeyExchange, body: vector(1, this.#exchange.publicValue) },
    ];
    const records = first.flatMap((message) => this.#records(message, 0));
    this.#master = extendedMaster(this.#exchange.secret(peer), this.#transcript.hash());
    const signature = sign('sha256', this.#transcript.bytes(), forgedKey ?? identity.key);
    const proof = Buffer.concat([uint16(ECDSA_SHA256), vector(2, signature)]);
    records.push(...this.#records({ type: HANDSHAKE.certificateVerify, body: proof }, 0));
    const keys = recordKeys(this.#master, this.#random, serverRandom);
    this.#sealer = new RecordSealer(keys.client);
    this.#opener = new RecordOpener(keys.server);
    this.exported = exportKeys(this.#master, 'EXTRACTOR-dtls_srtp', this.#random, serverRandom, 60);
    records.push(this.record(RECORD.changeCipherSpec, Buffer.from([1]), 0));
    const finished = Buffer.from(verifyData(this.#master, 'client', this.#transcript.hash()));
    if (this.#options.spoilFinished) finished[3]! ^= 1;
    records.push(...this.#records({ type: HANDSHAKE.finished, body: finished }, 1));
    this.#release(records);
  }

  #readServerHello(): Buffer {
    const reader = new VectorReader(this.#seen.get(HANDSHAKE.serverHello)!);
    reader.bytes(2);
    const random = reader.bytes(32);
    reader.vector(1);
    reader.bytes(3);
    const extensions = new VectorReader(reader.vector(2));
    while (extensions.left > 0) {
      const type = extensions.uint(2);
      const value = extensions.vector(2);
      if (type === EXTENSION.useSrtp) this.chosenProfile = value.readUInt16BE(2);
    }
    return random;
  }

  /** The server's public value, after its signature was verified. */
  #readKeyExchange(serverRandom: Buffer): Buffer {
    const der = this.#seen.get(HANDSHAKE.certificate)!.subarray(6);
    this.serverFingerprint = fingerprintOf(der);
    const body = this.#seen.get(HANDSHAKE.serverKeyExchange)!;
    const reader = new VectorReader(body);
    const [curve] = cut(reader.bytes(3), [3]);
    const value = reader.vector(1);
    const params = body.subarray(0, 4 + value.length);
    reader.bytes(2);
    const key = createPublicKey(new X509Certificate(der).publicKey.export({ type: 'spki', format: 'pem' }));
    const signed = Buffer.concat([this.#random, serverRandom, params]);
    if (curve![0] !== 3 || !verify('sha256', signed, key, reader.vector(2))) {
      throw new Error("the server's key exchange is not signed by its certificate");
    }
    return value;
  }

  #flight(messages: readonly { type: number; body: Buffer }[]): void {
    this.#release(messages.flatMap((message) => this.#records(message, 0)));
  }

  #release(records: Buffer[]): void {
    if (this.#options.release) this.#options.release(records);
    else for (const record of records) this.#options.send(record);
  }

  #records({ type, body }: { type: number; body: Buffer }, epoch: 0 | 1): Buffer[] {
    const { tamper, fragment = 16_000 } = this.#options;
    const messageSequence = this.#messageSequence++;
    const sent = tamper?.({ type, messageSequence, body }) ?? body;
    this.#transcript.add(type, messageSequence, sent);
    const records: Buffer[] = [];
    for (let start = 0; start === 0 || start < sent.length; start += fragment) {
      const end = Math.min(start + fragment, sent.length);
      const piece = writeFragment(type, messageSequence, sent, start, end);
      records.push(this.record(RECORD.handshake, piece, epoch));
    }
    return records;
  }
}
