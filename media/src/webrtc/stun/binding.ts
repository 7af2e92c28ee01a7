import type { KeyObject } from 'node:crypto';
import { type IpEndpoint, writeXorAddress } from './address.ts';
import { ATTRIBUTE, BINDING, type StunMessage, writeStun } from './message.ts';

/** Errors of a binding request (RFC 8489 14.8, RFC 8445 7.3.1.1). */
export const BINDING_ERRORS = {
  420: 'Unknown Attribute',
  487: 'Role Conflict',
} as const;

/** An ICE connectivity check (RFC 8445 7.1). */
export interface BindingRequest {
  readonly message: StunMessage;
  /** Our ufrag: the part of USERNAME before the colon. */
  readonly ufrag: string;
  readonly useCandidate: boolean;
}

/** Comprehension-required attributes of a check that are understood, and those of TURN's and STUN's own. */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  ATTRIBUTE.username,
  ATTRIBUTE.messageIntegrity,
  ATTRIBUTE.priority,
  ATTRIBUTE.useCandidate,
]);
/** Longest USERNAME (RFC 8489 14.3). */
const MAX_USERNAME = 513;

/** The request in a message; undefined when it is none that ICE sends (RFC 8445 7.1: both sides' ufrags). */
export function bindingRequest(message: StunMessage): BindingRequest | undefined {
  if (message.type !== BINDING.request || !message.hasFingerprint) return undefined;
  const username = message.attributes.get(ATTRIBUTE.username);
  const colon = username?.indexOf(':') ?? -1;
  if (!username || username.length > MAX_USERNAME || colon <= 0) return undefined;
  return {
    message,
    ufrag: username.toString('latin1', 0, colon),
    useCandidate: message.attributes.has(ATTRIBUTE.useCandidate),
  };
}

/** A verdict on a request whose integrity was verified: the answer, and whether it proves its sender's address. */
export interface BindingAnswer {
  readonly accepted: boolean;
  readonly answer: Buffer;
}

/** Answers a verified request from `source` as an ICE-lite agent, always controlled (RFC 8445 7.3). */
export function answerBinding(
  { message }: BindingRequest,
  source: IpEndpoint,
  key: KeyObject,
): BindingAnswer {
  const { attributes, transaction } = message;
  const unknown = [...attributes.keys()].filter((type) => type < 0x8000 && !UNDERSTOOD.has(type));
  if (unknown.length > 0) {
    const list = Buffer.alloc(unknown.length * 2);
    for (const [i, type] of unknown.entries()) list.writeUInt16BE(type, i * 2);
    return refusal(420, transaction, key, [[ATTRIBUTE.unknownAttributes, list]]);
  }
  // A lite agent never controls a full one; whoever believes to be controlled has to switch.
  if (attributes.has(ATTRIBUTE.iceControlled)) return refusal(487, transaction, key);
  const address = writeXorAddress(source, transaction);
  return {
    accepted: true,
    answer: writeStun(BINDING.success, transaction, [[ATTRIBUTE.xorMappedAddress, address]], key),
  };
}

function refusal(
  code: keyof typeof BINDING_ERRORS,
  transaction: Buffer,
  key: KeyObject,
  more: readonly (readonly [number, Buffer])[] = [],
): BindingAnswer {
  const reason = Buffer.from(BINDING_ERRORS[code]);
  const value = Buffer.concat([Buffer.from([0, 0, Math.floor(code / 100), code % 100]), reason]);
  const answer = writeStun(BINDING.error, transaction, [[ATTRIBUTE.errorCode, value], ...more], key);
  return { accepted: false, answer };
}
