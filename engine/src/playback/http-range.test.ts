import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heedsRange, notModified, parseRange } from './http-range.ts';

describe('a range of 1000 bytes', () => {
  it.each([
    ['bytes=0-499', { first: 0, last: 499 }],
    ['bytes=500-', { first: 500, last: 999 }],
    ['bytes=-1', { first: 999, last: 999 }],
    ['bytes=-5000', { first: 0, last: 999 }],
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=999-', { first: 999, last: 999 }],
    ['bytes=990-5000', { first: 990, last: 999 }],
    ['Bytes = 1-2 ', { first: 1, last: 2 }],
    ['bytes=0-99999999999999999999999', { first: 0, last: 999 }],
    ['bytes=1000-', 'unsatisfiable'],
    ['bytes=1000-1000', 'unsatisfiable'],
    ['bytes=99999999999999999999999-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=', 'whole'],
    ['bytes', 'whole'],
    ['bytes=a-b', 'whole'],
    ['bytes=--1', 'whole'],
    ['bytes=1.5-2', 'whole'],
    ['bytes=0x1-2', 'whole'],
    ['bytes=1-2=3', 'whole'],
    ['bytes=0-1,5-6', 'whole'],
    ['seconds=0-1', 'whole'],
    ['', 'whole'],
    [undefined, 'whole'],
  ] as const)('%j', (header, expected) => expect(parseRange(header, 1000)).toEqual(expected));

  it('of nothing cannot be satisfied', () => {
    for (const header of ['bytes=0-', 'bytes=-1', 'bytes=0-0']) {
      expect(parseRange(header, 0)).toBe('unsatisfiable');
    }
  });

  it('never leaves the bytes there are, whatever the header says', () => {
    const header = fc.oneof(fc.string(), fc.stringMatching(/^bytes=\d{0,6}-\d{0,6}$/));
    fc.assert(
      fc.property(header, fc.nat(100_000), (text, size) => {
        const range = parseRange(text, size);
        return (
          typeof range === 'string' || (0 <= range.first && range.first <= range.last && range.last < size)
        );
      }),
    );
  });
});

const validators = { etag: '"a"', lastModified: 'Fri, 02 Jan 2026 03:04:05 GMT' };

describe('conditions', () => {
  it.each([
    [{}, true],
    [{ 'if-range': '"a"' }, true],
    [{ 'if-range': 'W/"a"' }, false],
    [{ 'if-range': '"b"' }, false],
    [{ 'if-range': 'Fri, 02 Jan 2026 03:04:05 GMT' }, true],
    [{ 'if-range': 'Fri, 02 Jan 2026 03:04:06 GMT' }, false],
    [{ 'if-range': 'rubbish' }, false],
  ])('%j heeds the range: %s', (headers, heeded) => expect(heedsRange(headers, validators)).toBe(heeded));

  it.each([
    [{}, false],
    [{ 'if-none-match': '"a"' }, true],
    [{ 'if-none-match': '"x", W/"a"' }, true],
    [{ 'if-none-match': '*' }, true],
    [{ 'if-none-match': '"b"' }, false],
    [{ 'if-none-match': '"b"', 'if-modified-since': 'Fri, 02 Jan 2026 03:04:05 GMT' }, false],
    [{ 'if-modified-since': 'Fri, 02 Jan 2026 03:04:05 GMT' }, true],
    [{ 'if-modified-since': 'Fri, 02 Jan 2026 03:04:04 GMT' }, false],
    [{ 'if-modified-since': 'rubbish' }, false],
  ])('%j is not modified: %s', (headers, same) => expect(notModified(headers, validators)).toBe(same));
});
