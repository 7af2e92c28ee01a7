import { expect, test } from 'vitest';
import { outputPath } from './naming.ts';

test.each([
  ['rtsp://15.165.156.169:5554/01057432025-01057432025', '01057432025-blur'],
  ['rtsp://10.0.0.5/stream1', 'stream1-blur'],
  ['rtsp://10.0.0.5/live/front', 'live/front-blur'],
  ['rtsp://10.0.0.5/live/a-b-a-b', 'live/a-b-blur'],
  ['rtsp://10.0.0.5/a-b', 'a-b-blur'],
  ['rtsp://10.0.0.5/a-a-a', 'a-a-a-blur'],
  ['rtsp://10.0.0.5/-', '--blur'],
  ['rtsp://10.0.0.5/Streaming/Channels/101?transportmode=unicast', 'Streaming/Channels/101-blur'],
  ['rtsps://10.0.0.5/x/', 'x-blur'],
  ['rtsp://10.0.0.5/', undefined],
  ['rtsp://10.0.0.5', undefined],
  [`rtsp://10.0.0.5/${'x'.repeat(1_025)}`, undefined],
])('the output of %s is %s', (input, output) => {
  expect(outputPath(input)).toBe(output);
});
