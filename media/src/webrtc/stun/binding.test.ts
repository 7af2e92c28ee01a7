import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  ATTRIBUTE,
  answerBinding,
  BINDING,
  bindingRequest,
  readStun,
  readXorAddress,
  writeStun,
} from './index.ts';

const key = createSecretKey(Buffer.from('0123456789abcdefghijklmn'));
const transaction = Buffer.alloc(12, 7);
const source = { address: '198.51.100.7', port: 50_000 };
const PRIORITY: [number, Buffer] = [ATTRIBUTE.priority, Buffer.from([1, 2, 3, 4])];
const CONTROLLING: [number, Buffer] = [ATTRIBUTE.iceControlling, Buffer.alloc(8, 1)];

function username(text: string): [number, Buffer] {
  return [ATTRIBUTE.username, Buffer.from(text)];
}

function message(attributes: [number, Buffer][], type: number = BINDING.request) {
  const b = writeStun(type, transaction, attributes, key);
  return readStun(b, 0, b.length);
}

function answered(attributes: [number, Buffer][]) {
  const { accepted, answer } = answerBinding(
    bindingRequest(message([username('ours:theirs'), ...attributes]))!,
    source,
    key,
  );
  return { accepted, answer: readStun(answer, 0, answer.length) };
}

describe('connectivity checks', () => {
  it('names our ufrag and the nomination', () => {
    const request = bindingRequest(message([username('ours:theirs'), PRIORITY]));
    expect(request).toMatchObject({ ufrag: 'ours', useCandidate: false });
    const nominating = bindingRequest(
      message([username('a:b:c'), [ATTRIBUTE.useCandidate, Buffer.alloc(0)]]),
    );
    expect(nominating).toMatchObject({ ufrag: 'a', useCandidate: true });
  });

  it.each([
    ['no user name', [PRIORITY], BINDING.request],
    ['no colon', [username('ours')], BINDING.request],
    ['nothing before the colon', [username(':theirs')], BINDING.request],
    ['a very long user name', [username(`${'a'.repeat(600)}:b`)], BINDING.request],
    ['an indication', [username('ours:theirs')], BINDING.indication],
    ['a response', [username('ours:theirs')], BINDING.success],
  ] as [string, [number, Buffer][], number][])('is none with %s', (_, attributes, type) => {
    expect(bindingRequest(message(attributes, type))).toBeUndefined();
  });

  it('is none without a fingerprint', () => {
    const b = writeStun(BINDING.request, transaction, [username('ours:theirs')], key);
    const bare = b.subarray(0, b.length - 8);
    bare.writeUInt16BE(bare.length - 20, 2);
    expect(bindingRequest(readStun(bare, 0, bare.length))).toBeUndefined();
  });

  it('is answered with the address it came from, signed', () => {
    const { accepted, answer } = answered([PRIORITY, CONTROLLING]);
    expect(accepted).toBe(true);
    expect(answer.type).toBe(BINDING.success);
    expect(answer.transaction).toEqual(transaction);
    expect(answer.isSignedWith(key)).toBe(true);
    expect(answer.hasFingerprint).toBe(true);
    expect(readXorAddress(answer.attributes.get(ATTRIBUTE.xorMappedAddress)!, transaction)).toEqual(source);
  });

  it('makes a controlled peer switch its role', () => {
    const { accepted, answer } = answered([PRIORITY, [ATTRIBUTE.iceControlled, Buffer.alloc(8, 255)]]);
    expect(accepted).toBe(false);
    expect(answer.type).toBe(BINDING.error);
    expect(answer.attributes.get(ATTRIBUTE.errorCode)?.subarray(0, 4)).toEqual(Buffer.from([0, 0, 4, 87]));
    expect(answer.isSignedWith(key)).toBe(true);
  });

  it('refuses attributes that it must understand and does not, and names them', () => {
    const { accepted, answer } = answered([PRIORITY, [0x0019, Buffer.alloc(4)], [0xc057, Buffer.alloc(4)]]);
    expect(accepted).toBe(false);
    expect(answer.attributes.get(ATTRIBUTE.errorCode)?.subarray(0, 4)).toEqual(Buffer.from([0, 0, 4, 20]));
    expect(answer.attributes.get(ATTRIBUTE.unknownAttributes)).toEqual(Buffer.from([0x00, 0x19]));
  });
});
