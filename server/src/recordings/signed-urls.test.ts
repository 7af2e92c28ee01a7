import { expect, test } from 'vitest';
import { FakeClock } from '../testing/index.ts';
import { SignedUrls } from './signed-urls.ts';

const PATH = '/api/v1/recordings/a~b.mp4/download';
const clock = new FakeClock();
const signed = new SignedUrls({ clock, key: Buffer.alloc(32, 1) });
const { url } = signed.sign(PATH, 60);
const query = new URL(url, 'http://x').searchParams;
const proof = { expires: query.get('expires') ?? '', signature: query.get('signature') ?? '' };

test.each([
  ['the address itself', {}, true],
  ['HEAD', { method: 'HEAD' }, true],
  ['another method', { method: 'DELETE' }, false],
  ['another path', { path: PATH.replace('b', 'c') }, false],
  ['a later end', { expires: String(Number(proof.expires) + 1) }, false],
  ['an end that is no number', { expires: 'NaN' }, false],
  ['no signature', { signature: '' }, false],
  ['a signature with its last character another', { signature: proof.signature.replace(/.$/, '_') }, false],
])('%s', (_what, change, holds) => {
  expect(signed.holds({ method: 'GET', path: PATH, ...proof, ...change })).toBe(holds);
});

test('another key signs otherwise, and time ends it', () => {
  const other = new SignedUrls({ clock, key: Buffer.alloc(32, 2) });
  expect(other.holds({ method: 'GET', path: PATH, ...proof })).toBe(false);
  const late = new SignedUrls({ clock: { utc: () => clock.utc() + 61_000 }, key: Buffer.alloc(32, 1) });
  expect(late.holds({ method: 'GET', path: PATH, ...proof })).toBe(false);
});
