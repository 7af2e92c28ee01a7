import { readFile } from 'node:fs/promises';
import { HAND_OVER_HEADER, HandedOver } from '@nightjar/contract/link';
import { expect, it } from 'vitest';
import { audioTrack, videoTrack } from '../testing/index.ts';
import { FootageDoor } from './testing/footage-door.ts';
import { at } from './testing/moments.ts';
import { RecordedCamera } from './testing/recorded-camera.ts';

/** What a server makes of it. */
async function put({ head, files }: HandedOver): Promise<Buffer> {
  const pieces = [Buffer.from(head, 'base64')];
  for (const { path, spans } of files) {
    const bytes = await readFile(path);
    for (let i = 0; i < spans.length; i += 2)
      pieces.push(bytes.subarray(spans[i]!, spans[i]! + spans[i + 1]!));
  }
  return Buffer.concat(pieces);
}

it('what is handed over are the bytes that would have been sent, with the same headers', async () => {
  await using door = await FootageDoor.open();
  const camera = new RecordedCamera(door.folder, {
    tracks: [videoTrack(), audioTrack()],
    segmentDuration: 5,
  });
  await camera.play(12);
  await camera.end();
  const [name] = camera.names();
  const clip = `clip.mp4?start=${at(3.1)}&end=${at(8.4)}`;
  const ranges = ['', 'bytes=0-9', 'bytes=7-20000', 'bytes=3000-3000', 'bytes=5000-', 'bytes=-700'];
  for (const path of [clip, `footage/${name}`, `footage/${name}?tracks=browser`]) {
    for (const range of ranges) {
      const headers: Record<string, string> = range ? { range } : {};
      const sent = await door.get(path, { headers });
      const bytes = Buffer.from(await sent.arrayBuffer());
      const handed = await door.get(path, { headers: { ...headers, [HAND_OVER_HEADER]: '1' } });
      expect(handed.status).toBe(sent.status);
      expect(handed.headers.get(HAND_OVER_HEADER)).toBe(String(bytes.length));
      for (const each of ['etag', 'content-range', 'content-type', 'x-clip-seconds', 'last-modified'])
        expect(handed.headers.get(each)).toBe(sent.headers.get(each));
      expect((await put(HandedOver.parse(await handed.json()))).equals(bytes)).toBe(true);
    }
    const head = await door.get(path, { method: 'HEAD', headers: { [HAND_OVER_HEADER]: '1' } });
    expect(head.headers.get(HAND_OVER_HEADER)).toBeNull();
  }
});

it('a movie that is made while it is sent, and what cannot be had, is answered as ever', async () => {
  await using door = await FootageDoor.open();
  const camera = new RecordedCamera(door.folder);
  await camera.play(3);
  await camera.end();
  const headers = { [HAND_OVER_HEADER]: '1' };
  const movie = await door.get(`play.mp4?start=${at(0)}&end=${at(2)}`, { headers });
  expect([movie.status, movie.headers.get(HAND_OVER_HEADER)]).toEqual([200, null]);
  await movie.arrayBuffer();
  const beyond = await door.get(`footage/${camera.names()[0]}`, {
    headers: { ...headers, range: 'bytes=99999999-' },
  });
  expect([beyond.status, beyond.headers.get(HAND_OVER_HEADER)]).toEqual([416, null]);
  expect((await door.get('footage/2020-01-01_00-00-00.mp4', { headers })).status).toBe(404);
});
