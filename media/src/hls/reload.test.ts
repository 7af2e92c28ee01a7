import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReady, type LiveEdge, parseReload, type Reload, ReloadError } from './index.ts';

const parse = (text: string) => parseReload(new URLSearchParams(text));

describe('parseReload', () => {
  const table: [string, Reload][] = [
    ['', { msn: undefined, part: undefined, skip: false }],
    ['ticket=x&_HLS_msn=7', { msn: 7, part: undefined, skip: false }],
    ['_HLS_msn=0&_HLS_part=0&_HLS_skip=YES', { msn: 0, part: 0, skip: true }],
    ['_HLS_skip=v2', { msn: undefined, part: undefined, skip: true }],
  ];
  it.each(table)('%j', (text, reload) => {
    expect(parse(text)).toEqual(reload);
  });

  it.each([
    ['_HLS_part=1', 'part without msn'],
    ['_HLS_msn=', 'not a number'],
    ['_HLS_msn=-1', 'not a number'],
    ['_HLS_msn=1.5', 'not a number'],
    ['_HLS_msn=0x10', 'not a number'],
    ['_HLS_msn=1e3', 'not a number'],
    ['_HLS_msn=99999999999999999999', 'not a number'],
    ['_HLS_msn=1&_HLS_part=a', 'not a number'],
    ['_HLS_skip=NO', 'unknown skip'],
    ['_HLS_skip=', 'unknown skip'],
  ])('%j is answered with 400: %s', (text, problem) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ name: 'ReloadError', status: 400, problem }));
  });

  it('meets any text with a directive or ReloadError', () => {
    const pair = fc.tuple(
      fc.constantFrom('_HLS_msn', '_HLS_part', '_HLS_skip', 'x'),
      fc.oneof(fc.string(), fc.nat().map(String)),
    );
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 5 }), (pairs) => {
        try {
          const { msn, part } = parseReload(new URLSearchParams(pairs));
          expect(Number.isSafeInteger(msn ?? 0) && Number.isSafeInteger(part ?? 0)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ReloadError);
        }
      }),
      { seed: 16, numRuns: 3000 },
    );
  });
});

describe('isReady', () => {
  /** Segment 10 is whole with four parts, segment 11 has two. */
  const edge: LiveEdge = { lastMsn: 10, lastParts: 4, openParts: 2, partTarget: 1 };
  const ask = (msn?: number, part?: number) => isReady({ msn, part, skip: false }, edge);

  it.each([
    ['no directive', undefined, undefined, true],
    ['an old segment', 3, undefined, true],
    ['the last whole segment', 10, undefined, true],
    ['the open segment', 11, undefined, false],
    ['the segment after', 12, undefined, false],
    ['a part of an old segment', 3, 99, true],
    ['the last part of the last segment', 10, 3, true],
    ['a part beyond it: the first of the open one', 10, 4, true],
    ['the last open part', 11, 1, true],
    ['the next part', 11, 2, false],
    ['a part at the limit', 11, 4, false],
    ['the first part of the segment after', 12, 0, false],
  ])('%s', (_name, msn, part, ready) => {
    expect(ask(msn, part)).toBe(ready);
  });

  it.each([
    ['a segment beyond the limit', 13, undefined],
    ['a part of a segment beyond the limit', 13, 0],
    ['a part beyond the limit', 11, 5],
    ['a part beyond the limit of the segment after', 12, 3],
  ])('%s is too far ahead', (_name, msn, part) => {
    expect(() => ask(msn, part)).toThrow(expect.objectContaining({ status: 400, problem: 'too far ahead' }));
  });

  it('lets short parts run three seconds ahead', () => {
    const short = { ...edge, partTarget: 0.25 };
    expect(isReady({ msn: 11, part: 13, skip: false }, short)).toBe(false);
    expect(() => isReady({ msn: 11, part: 14, skip: false }, short)).toThrow(ReloadError);
  });

  it('waits for the first part of the open segment while it has none', () => {
    const fresh = { ...edge, openParts: 0 };
    expect(isReady({ msn: 10, part: 4, skip: false }, fresh)).toBe(false);
    expect(isReady({ msn: 11, part: 0, skip: false }, fresh)).toBe(false);
    expect(isReady({ msn: 0, part: 0, skip: false }, { ...fresh, lastMsn: -1, lastParts: 0 })).toBe(false);
  });

  it('once ready stays ready as the stream goes on', () => {
    const request = fc.record({
      msn: fc.nat(20),
      part: fc.option(fc.nat(6), { nil: undefined }),
      skip: fc.boolean(),
    });
    fc.assert(
      fc.property(request, fc.array(fc.boolean(), { maxLength: 60 }), (reload, steps) => {
        let now: LiveEdge = { lastMsn: 5, lastParts: 3, openParts: 0, partTarget: 0.5 };
        let ready = false;
        for (const ends of steps) {
          try {
            const answer = isReady(reload, now);
            if (ready) expect(answer).toBe(true);
            ready = answer;
          } catch (error) {
            expect(error).toBeInstanceOf(ReloadError);
            expect(ready).toBe(false);
          }
          const parts = now.openParts + 1;
          now = ends
            ? { ...now, lastMsn: now.lastMsn + 1, lastParts: parts, openParts: 0 }
            : { ...now, openParts: parts };
        }
      }),
      { seed: 17, numRuns: 2000 },
    );
  });
});
