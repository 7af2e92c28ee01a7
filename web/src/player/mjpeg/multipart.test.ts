import { expect, it } from 'vitest';
import { Multipart } from './multipart.ts';

const part = (body: string): string =>
  `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${body.length}\r\n\r\n${body}\r\n`;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (pictures: readonly Uint8Array[]): string[] =>
  pictures.map((picture) => new TextDecoder().decode(picture));

it('takes pictures out wherever the network cut', () => {
  const whole = bytes(part('first') + part('') + part('the third'));
  for (let size = 1; size <= whole.length; size++) {
    const parts = new Multipart();
    const found: string[] = [];
    for (let at = 0; at < whole.length; at += size)
      found.push(...texts(parts.feed(whole.subarray(at, at + size))));
    expect(found).toEqual(['first', '', 'the third']);
  }
});

it.each([
  ['a part without its length', '--frame\r\nContent-Type: image/jpeg\r\n\r\nx'],
  ['a length that is too large', '--frame\r\nContent-Length: 99999999999\r\n\r\n'],
  ['something else', 'x'.repeat(5000)],
])('refuses %s', (_what, text) => {
  expect(() => new Multipart().feed(bytes(text))).toThrow(RangeError);
});
