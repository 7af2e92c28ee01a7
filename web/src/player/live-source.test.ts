import { expect, it } from 'vitest';
import { wantedProtocols } from './live-source.ts';

it.each([
  ['', undefined],
  ['?way=mse', ['mse']],
  ['?way=mjpeg,hls,carrier-pigeon', ['hls', 'mjpeg']],
  ['?way=', undefined],
])('reads the ways of %s', (search, ways) => {
  expect(wantedProtocols(search)).toEqual(ways);
});
