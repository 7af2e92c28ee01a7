import { describe, expect, it } from 'vitest';
import { changeOf, isChange, type RetentionDraft, sizeText } from './retention.ts';

const BEFORE: RetentionDraft = {
  ...{ days: '7', size: '', free: '1' },
  cameras: { yard: { days: '', size: '' }, door: { days: '3', size: '50' } },
};

describe('a change of limits', () => {
  it.each([
    [{}, { streams: {} }],
    [{ days: '14' }, { retention_days: 14, streams: {} }],
    [{ size: '0.5' }, { max_bytes: 500_000_000, streams: {} }],
    [{ free: '0' }, { min_free_bytes: 0, streams: {} }],
    [
      { cameras: { ...BEFORE.cameras, yard: { days: '1,5', size: '' } } },
      { streams: { yard: { retention_days: 1.5, max_bytes: null } } },
    ],
    [
      { cameras: { ...BEFORE.cameras, door: { days: '', size: '' } } },
      { streams: { door: { retention_days: null, max_bytes: null } } },
    ],
    [{ days: '' }, undefined],
    [{ days: '0' }, undefined],
    [{ size: 'much' }, undefined],
    [{ free: '' }, undefined],
    [{ cameras: { ...BEFORE.cameras, yard: { days: '-1', size: '' } } }, undefined],
  ])('%j', (typed, expected) => expect(changeOf(BEFORE, { ...BEFORE, ...typed })).toEqual(expected));

  it('is one when something is in it', () => {
    expect(isChange({ streams: {} })).toBe(false);
    expect(isChange({ max_bytes: null, streams: {} })).toBe(true);
    expect(isChange({ streams: { yard: { retention_days: 1 } } })).toBe(true);
  });
});

it.each([
  [null, ''],
  [50_000_000_000, '50'],
  [1_234_567_890, '1.235'],
])('%s bytes are "%s" gigabytes', (bytes, text) => expect(sizeText(bytes)).toBe(text));
