import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { type AmfValue, EcmaArray, readAmf, writeAmf } from './index.ts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

describe('AMF0', () => {
  it.each<[string, AmfValue, string]>([
    ['a number', 1.5, '003ff8000000000000'],
    ['true', true, '0101'],
    ['a text', 'live', '0200046c697665'],
    ['null', null, '05'],
    ['undefined', undefined, '06'],
    ['an object', { app: 'live' }, '03000361707002 00046c697665 000009'],
    ['a strict array (quirk 62)', [1, null], '0a00000002 003ff0000000000000 05'],
  ])('%s, both ways', (_name, value, hex) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    expect(writeAmf(value)).toEqual(bytes);
    expect(readAmf(bytes)).toEqual([value]);
  });

  it.each<[string, string, unknown]>([
    ['an ECMA array that miscounts its members', '0800000009 000161 0101 000009', { a: true }],
    ['an ECMA array without an end', '0800000001 000161 0101', { a: true }],
    ['an object without an end', '03000161 0101', { a: true }],
    ['a date', '0b 3ff0000000000000 0000', 1],
    ['a long text', '0c00000002 6162', 'ab'],
    ['XML', '0f00000002 6162', 'ab'],
    ['a typed object', '10000154 000161 0101 000009', { a: true }],
    ['a reference', '070001', null],
    ['AMF3 true', '1103', true],
    ['AMF3 integer', '1104 8100', 128],
    ['AMF3 text', '1106 05 6162', 'ab'],
    ['AMF3 of another kind, and what follows', '110a 0102', null],
  ])('reads %s', (_name, hex, value) => {
    expect(plain(readAmf(Buffer.from(hex.replaceAll(' ', ''), 'hex'))[0])).toEqual(value);
  });

  it('keeps a name that means something to JavaScript to itself', () => {
    const [object] = readAmf(
      Buffer.from('0300095f5f70726f746f5f5f03000161010100000 9000009'.replace(' ', ''), 'hex'),
    );
    expect(Object.keys(object as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it.each([
    ['an unknown marker', '7f'],
    ['a text that ends too early', '02ffff61'],
    ['a number that ends too early', '003ff8'],
    ['an array of more than there is', '0affffffff05'],
    ['nesting without end', '0a00000001'.repeat(40)],
  ])('refuses %s', (_name, hex) => {
    expect(() => readAmf(Buffer.from(hex, 'hex'))).toThrow(MalformedError);
  });

  it('refuses more values than a message has', () => {
    const many = Buffer.concat([Buffer.from('0a000186a0', 'hex'), Buffer.alloc(100_000, 5)]);
    expect(() => readAmf(many)).toThrow('too many AMF values');
  });

  it('writes an array that says how many members it has', () => {
    expect(writeAmf(new EcmaArray({ a: true })).toString('hex')).toBe('08000000010001610101000009');
  });

  it('reads what it wrote', () => {
    const leaf = fc.oneof(fc.double({ noNaN: true }), fc.boolean(), fc.string(), fc.constant(null));
    const name = fc.string({ minLength: 1 }).filter((text) => text !== '__proto__');
    const value = fc.letrec<{ any: AmfValue }>((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(name, tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (values) => {
        expect(plain(readAmf(writeAmf(...values)))).toEqual(plain(values));
      }),
      { seed: 60, numRuns: 1000 },
    );
  });

  it('100,000 generated inputs: values or MalformedError', () => {
    const markers = fc.constantFrom(0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 17);
    const bytes = fc.array(fc.oneof(markers, fc.nat(255), fc.constant(0)), { maxLength: 80 });
    let read = 0;
    fc.assert(
      fc.property(bytes, (values) => {
        try {
          readAmf(Buffer.from(values));
          read++;
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error;
        }
      }),
      { seed: 61, numRuns: 100_000 },
    );
    expect(read).toBeGreaterThan(1000);
  });
});
