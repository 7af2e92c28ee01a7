import { expect, it } from 'vitest';
import { isSealed, makeOriginalsPair, OriginalsKey, openingKey, sealingKey } from './originals.ts';

const pair = makeOriginalsPair();
const recipient = OriginalsKey.parse({ id: 'k1', public_half: pair.publicHalf });

it('the holder of the pair finds the key of a file, and each file has its own', () => {
  const first = sealingKey(recipient, 'yard');
  const second = sealingKey(recipient, 'yard');
  expect(openingKey(pair.privateHalf, { ephemeral: first.ephemeral, streamId: 'yard' })).toEqual(first.key);
  expect(second.key).not.toEqual(first.key);
  expect(first.key.length).toBe(32);
});

it('another pair, another stream and another half give another key', () => {
  const { ephemeral, key } = sealingKey(recipient, 'yard');
  const other = makeOriginalsPair();
  expect(openingKey(other.privateHalf, { ephemeral, streamId: 'yard' })).not.toEqual(key);
  expect(openingKey(pair.privateHalf, { ephemeral, streamId: 'gate' })).not.toEqual(key);
  const { ephemeral: foreign } = sealingKey(recipient, 'yard');
  expect(openingKey(pair.privateHalf, { ephemeral: foreign, streamId: 'yard' })).not.toEqual(key);
});

it('a half of no strength is refused', () => {
  for (const ephemeral of ['A'.repeat(43), 'not a key'])
    expect(() => openingKey(pair.privateHalf, { ephemeral, streamId: 'yard' })).toThrow(/.+/);
});

it('is told by the name', () => {
  expect(isSealed('2026-01-02_03-04-05.mp4.sealed')).toBe(true);
  expect(isSealed('2026-01-02_03-04-05.mp4')).toBe(false);
});
