import { afterAll, beforeAll, expect, it } from 'vitest';
import { audioTrack, videoTrack } from '../testing/index.ts';
import { FootageDoor } from './testing/footage-door.ts';
import { RecordedCamera } from './testing/recorded-camera.ts';

/** The recording begins here. */
const T = Date.UTC(2026, 0, 2, 3, 4, 0);
const START = `start=${new Date(T + 5_000).toISOString()}`;

let door: FootageDoor;
let camera: RecordedCamera;

beforeAll(async () => {
  door = await FootageDoor.open();
  camera = new RecordedCamera(door.folder, { tracks: [videoTrack(), audioTrack()], segmentDuration: 10 });
  door.utc = () => camera.source.clock.utc();
});
afterAll(async () => {
  await camera.end();
  await door[Symbol.asyncDispose]();
});

const playlist = async (): Promise<string[]> => {
  const answer = await door.get(`dvr.m3u8?${START}`);
  expect(answer.status).toBe(200);
  return (await answer.text()).trim().split('\n');
};

it('grows with the recording over its files; what was listed once stays, and it never ends', async () => {
  await camera.play(14, { gop: 50 });
  let before = await playlist();
  expect(before).toContain('#EXT-X-PLAYLIST-TYPE:EVENT');
  for (let i = 0; i < 8; i++) {
    await camera.play(3, { gop: 50 });
    const now = await playlist();
    expect(now.slice(0, before.length)).toEqual(before);
    expect(now.length).toBeGreaterThanOrEqual(before.length);
    before = now;
  }
  expect(before).not.toContain('#EXT-X-ENDLIST');
  expect(before.filter((line) => line.startsWith('footage/')).length).toBeGreaterThan(4);
  const listed = before
    .filter((line) => line.startsWith('#EXTINF'))
    .reduce((sum, line) => sum + Number.parseFloat(line.slice('#EXTINF:'.length)), 0);
  // From the key frame before 5 s up to less than a piece before 38 s.
  expect(listed).toBeGreaterThan(38 - 5 - 8);
});

it.each([
  ['no start', ''],
  ['a start to come', `start=${new Date(T + 3_600_000).toISOString()}`],
  ['a start too long ago', `start=${new Date(T - 25 * 3_600_000).toISOString()}`],
])('is refused with %s', async (_what, query) => {
  expect((await door.get(`dvr.m3u8?${query}`)).status).toBe(400);
});
