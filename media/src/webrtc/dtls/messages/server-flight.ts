import { type KeyObject, sign } from 'node:crypto';
import { DTLS_1_0, DTLS_1_2, ECDSA_SHA256, EXTENSION, HANDSHAKE, SUITE } from '../constants.ts';
import type { KeyExchange } from '../key-exchange.ts';
import { SIGNATURES } from './client-flight.ts';
import { asksForRenegotiationInfo, type ClientHello } from './client-hello.ts';
import { uint16, vector } from './vector-reader.ts';

/** A handshake message before it has a number. */
export interface Draft {
  readonly type: number;
  readonly body: Buffer;
}

/** RFC 8422 5.4. */
const NAMED_CURVE = 3;
/** RFC 5246 7.4.4, RFC 8422 5.5: what kinds of key the client may have. */
const CERTIFICATE_TYPES = Buffer.from([64, 1]);

/** Demands the hello again with this cookie (RFC 6347 4.2.1, which wants version 1.0 here). */
export function helloVerifyRequest(cookie: Buffer): Draft {
  return { type: HANDSHAKE.helloVerifyRequest, body: Buffer.concat([uint16(DTLS_1_0), vector(1, cookie)]) };
}

export interface ServerFlight {
  readonly hello: ClientHello;
  readonly random: Buffer;
  readonly srtpProfile: number;
  readonly certificate: Buffer;
  readonly key: KeyObject;
  readonly exchange: KeyExchange;
}

/** ServerHello to ServerHelloDone (RFC 5246 7.3, flight 4 of RFC 6347 4.2.4). */
export function serverFlight(flight: ServerFlight): Draft[] {
  return [
    { type: HANDSHAKE.serverHello, body: serverHello(flight) },
    { type: HANDSHAKE.certificate, body: vector(3, vector(3, flight.certificate)) },
    { type: HANDSHAKE.serverKeyExchange, body: serverKeyExchange(flight) },
    { type: HANDSHAKE.certificateRequest, body: certificateRequest() },
    { type: HANDSHAKE.serverHelloDone, body: Buffer.alloc(0) },
  ];
}

function serverHello({ hello, random, srtpProfile }: ServerFlight): Buffer {
  const extension = (type: number, value: Buffer): Buffer => Buffer.concat([uint16(type), vector(2, value)]);
  const extensions = [
    extension(EXTENSION.extendedMasterSecret, Buffer.alloc(0)),
    extension(EXTENSION.useSrtp, Buffer.concat([vector(2, uint16(srtpProfile)), vector(1)])),
  ];
  const empty = vector(1);
  if (asksForRenegotiationInfo(hello)) extensions.push(extension(EXTENSION.renegotiationInfo, empty));
  if (hello.pointFormats) extensions.push(extension(EXTENSION.pointFormats, vector(1, Buffer.from([0]))));
  const noSession = empty;
  const noCompression = Buffer.from([0]);
  return Buffer.concat([
    uint16(DTLS_1_2),
    random,
    noSession,
    uint16(SUITE),
    noCompression,
    vector(2, ...extensions),
  ]);
}

function serverKeyExchange({ hello, random, key, exchange }: ServerFlight): Buffer {
  const params = Buffer.concat([
    Buffer.from([NAMED_CURVE]),
    uint16(exchange.group),
    vector(1, exchange.publicValue),
  ]);
  const signature = sign('sha256', Buffer.concat([hello.random, random, params]), key);
  return Buffer.concat([params, uint16(ECDSA_SHA256), vector(2, signature)]);
}

function certificateRequest(): Buffer {
  const signatures = uint16(...SIGNATURES.keys());
  const anyAuthority = vector(2);
  return Buffer.concat([vector(1, CERTIFICATE_TYPES), vector(2, signatures), anyAuthority]);
}
