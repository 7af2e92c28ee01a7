import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jpegTrack, telephoneTrack, videoTrack } from '../testing/index.ts';
import { FootageDoor } from './testing/footage-door.ts';
import { at } from './testing/moments.ts';
import { RecordedCamera } from './testing/recorded-camera.ts';

const query = (from: number, to: number) => `start=${at(from)}&end=${at(to)}`;

let door: FootageDoor;
beforeAll(async () => {
  door = await FootageDoor.open();
  // 0 to 10 s with G.711, 10 to 20 s Motion JPEG, then a picture alone.
  const camera = new RecordedCamera(door.folder, { tracks: [videoTrack(), telephoneTrack()] });
  await camera.play(10);
  camera.source.setTracks([jpegTrack()]);
  await camera.play(10);
  camera.source.setTracks([videoTrack()]);
  await camera.play(10);
  await camera.end();
});
afterAll(() => door[Symbol.asyncDispose]());

const FIRST = '2026-01-02_03-04-00.mp4';
const bytesOf = async (path: string, headers: Record<string, string> = {}) =>
  Buffer.from(await (await door.get(path, { headers })).arrayBuffer());
const playlist = async (from: number, to: number) => {
  const response = await door.get(`playback.m3u8?${query(from, to)}`);
  return { status: response.status, text: await response.text() };
};

describe('footage with sound that browsers do not play', () => {
  it('is played with a head that hides it; everything else are the bytes of the file', async () => {
    const { status, text } = await playlist(0, 5);
    expect(status).toBe(200);
    const [, uri, length] = /#EXT-X-MAP:URI="([^"]+)",BYTERANGE="(\d+)@0"/.exec(text)!;
    expect(uri).toBe(`footage/${FIRST}?tracks=browser`);
    expect(text).toContain(`\nfootage/${FIRST}\n`);
    const range = { range: `bytes=0-${Number(length) - 1}` };
    const [plain, head] = [await bytesOf(`footage/${FIRST}`, range), await bytesOf(uri!, range)];
    expect(plain.includes('soun')).toBe(true);
    expect(head.includes('soun')).toBe(false);
    expect(head.includes('vide')).toBe(true);
    expect(head.length).toBe(plain.length);
  });

  it.each([
    ['bytes=0-', 0],
    ['bytes=100-', 100],
    ['bytes=500-5000', 500],
  ])('is hidden in every range of it: %s', async (range, from) => {
    const whole = await bytesOf(`footage/${FIRST}?tracks=browser`);
    const part = await bytesOf(`footage/${FIRST}?tracks=browser`, { range });
    expect(part.equals(whole.subarray(from, from + part.length))).toBe(true);
    expect(whole.subarray(2_000).equals((await bytesOf(`footage/${FIRST}`)).subarray(2_000))).toBe(true);
  });

  it('is another representation than the file', async () => {
    const etag = async (path: string) => (await door.get(path, { method: 'HEAD' })).headers.get('etag');
    expect(await etag(`footage/${FIRST}?tracks=browser`)).not.toBe(await etag(`footage/${FIRST}`));
    expect((await door.get('footage/2026-01-02_03-09-00.mp4?tracks=browser')).status).toBe(404);
    await door.put('2026-01-02_03-08-00.mp4', Buffer.from('not a film'));
    expect((await door.get('footage/2026-01-02_03-08-00.mp4?tracks=browser')).status).toBe(404);
  });
});

describe('a picture that browsers do not play', () => {
  it('is refused in words, and downloads', async () => {
    const { status, text } = await playlist(12, 18);
    expect(status).toBe(422);
    expect(JSON.parse(text).message).toContain('cannot play mjpeg');
    const movie = await door.get(`play.mp4?${query(12, 18)}`);
    expect(movie.status).toBe(200);
    expect((await movie.bytes()).length).toBeGreaterThan(10_000);
  });

  it('is passed over where there is another one', async () => {
    const { text } = await playlist(5, 25);
    expect(text).toContain(FIRST);
    expect(text).toContain('2026-01-02_03-04-20.mp4');
    expect(text).not.toContain('2026-01-02_03-04-10.mp4');
    expect(text.match(/#EXT-X-DISCONTINUITY\n/g)?.length).toBe(1);
  });
});
