import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audioTrack, videoTrack } from '../testing/index.ts';
import { FootageDoor } from './testing/footage-door.ts';
import { at, BEGAN } from './testing/moments.ts';
import { RecordedCamera } from './testing/recorded-camera.ts';

/** 3:04:00; the recording begins here. */
const query = (from: number, to: number) => `start=${at(from)}&end=${at(to)}`;

interface Piece {
  uri: string;
  offset: number;
  length: number;
  duration: number;
  /** Seconds after the beginning. */
  date: number;
  discontinuity: boolean;
  map: string;
}

/** A reader of its own, so that the writer's mistakes show. */
function read(playlist: string): Piece[] {
  const pieces: Piece[] = [];
  let map = '';
  let tags = new Map<string, string>();
  for (const line of playlist.trim().split('\n')) {
    if (line.startsWith('#')) {
      const [tag = '', value = ''] = line.split(/:(.*)/s);
      tags.set(tag, value);
      continue;
    }
    map = tags.get('#EXT-X-MAP') ?? map;
    const [length, offset] = tags.get('#EXT-X-BYTERANGE')!.split('@');
    const before = pieces.at(-1);
    pieces.push({
      uri: line,
      map,
      length: Number(length),
      offset: offset === undefined ? before!.offset + before!.length : Number(offset),
      duration: Number.parseFloat(tags.get('#EXTINF')!),
      date: (Date.parse(tags.get('#EXT-X-PROGRAM-DATE-TIME')!) - BEGAN) / 1000,
      discontinuity: tags.has('#EXT-X-DISCONTINUITY'),
    });
    tags = new Map();
  }
  return pieces;
}

describe('a playlist of a range', () => {
  let door: FootageDoor;
  let camera: RecordedCamera;
  beforeAll(async () => {
    door = await FootageDoor.open();
    // 0 to 30 s in three files, nothing to 40 s, 40 to 50 s, and a file that grows from there.
    camera = new RecordedCamera(door.folder, { tracks: [videoTrack(), audioTrack()], segmentDuration: 10 });
    await camera.play(30, { gop: 50 });
    await camera.pause(10);
    await camera.play(14.5, { gop: 50 });
  });
  afterAll(async () => {
    await camera.end();
    await door[Symbol.asyncDispose]();
  });

  const pieces = async (from: number, to: number) => {
    const response = await door.get(`playback.m3u8?${query(from, to)}`);
    const text = await response.text();
    expect([response.status, text]).toEqual([200, expect.stringContaining('#EXT-X-ENDLIST')]);
    expect(response.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
    return read(text);
  };
  const spans = (list: Piece[]) => list.map(({ date, duration }) => [date, date + duration]);

  it('covers it from the key frame before to the key frame after', async () => {
    expect(spans(await pieces(3, 5))).toEqual([[2, 6]]);
    expect(spans(await pieces(4, 6))).toEqual([[4, 6]]);
    expect(spans(await pieces(3.9, 4.1))).toEqual([[2, 6]]);
  });

  it('puts groups of pictures together up to 6 s, and parts files by a discontinuity', async () => {
    const list = await pieces(1, 19);
    expect(spans(list)).toEqual([
      [0, 6],
      [6, 10],
      [10, 16],
      [16, 20],
    ]);
    expect(list.map(({ discontinuity }) => discontinuity)).toEqual([false, false, true, false]);
    expect(list.map(({ uri }) => uri)).toEqual([
      'footage/2026-01-02_03-04-00.mp4',
      'footage/2026-01-02_03-04-00.mp4',
      'footage/2026-01-02_03-04-10.mp4',
      'footage/2026-01-02_03-04-10.mp4',
    ]);
  });

  it('goes over a gap by the dates alone', async () => {
    expect(spans(await pieces(28, 42))).toEqual([
      [28, 30],
      [40, 42],
    ]);
    expect(spans(await pieces(35, 41))).toEqual([[40, 42]]);
  });

  it('holds a growing file up to its last durable part, and more of it later', async () => {
    const name = camera.names().at(-1)!;
    expect(camera.bytes(name).includes('mfra')).toBe(false);
    // Written are 50 to 54 s; what comes after the last part is still unknown.
    expect(spans(await pieces(50, 60))).toEqual([[50, 53]]);
    await camera.play(3, { gop: 50 });
    expect(spans(await pieces(50, 60))).toEqual([[50, 56]]);
    const torn = camera.bytes(name).subarray(0, camera.bytes(name).length - 77);
    await door.put(name, torn);
    expect(spans(await pieces(50, 60))).toEqual([[50, 56]]);
  });

  it('names ranges that begin with a head and then with fragments', async () => {
    for (const { uri, offset, length } of await pieces(0, 30)) {
      const bytes = camera.bytes(uri.slice('footage/'.length));
      expect(bytes.toString('latin1', offset + 4, offset + 8)).toBe('moof');
      const end = offset + length;
      expect(['moof', 'prft', 'mfra']).toContain(bytes.toString('latin1', end + 4, end + 8));
    }
  });

  it('has one head for all files that are played alike, that of the newest', async () => {
    const maps = (await pieces(0, 45)).map(({ map }) => map);
    expect(maps.length).toBeGreaterThan(6);
    expect(new Set(maps).size).toBe(1);
    const [, name = '', length] = /^URI="footage\/(.*)",BYTERANGE="(\d+)@0"$/.exec(maps[0]!)!;
    expect(name).toBe('2026-01-02_03-04-40.mp4');
    // The head ends where the first fragment begins, and says of the film what those of the others do.
    expect(camera.bytes(name).toString('latin1', Number(length) + 4, Number(length) + 8)).toMatch(
      /prft|moof/,
    );
    const moov = (file: string) => {
      const bytes = camera.bytes(file);
      const begin = bytes.indexOf('moov') - 4;
      return bytes.subarray(begin, begin + bytes.readUInt32BE(begin));
    };
    for (const other of camera.names().slice(0, 3)) expect(moov(other)).toEqual(moov(name));
  });

  it.each([
    [31, 39, 'before it ends at 2026-01-02T03:04:30.000Z, the next one begins at 2026-01-02T03:04:40.000Z'],
    [-60, -30, 'range; the next one begins at 2026-01-02T03:04:00.000Z'],
    [100, 200, 'range; the one before it ends at 2026-01-02T03:04:5'],
  ])('%d to %d s says where the nearest footage is', async (from, to, words) => {
    for (const path of ['playback.m3u8', 'play.mp4']) {
      const response = await door.get(`${path}?${query(from, to)}`);
      expect([response.status, await response.json()]).toEqual([
        404,
        { status: 404, message: expect.stringContaining(words) },
      ]);
    }
  });

  it('is refused without a range, and answers HEAD without a body', async () => {
    expect((await door.get('playback.m3u8')).status).toBe(400);
    const head = await door.get(`playback.m3u8?${query(0, 5)}`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
  });

  it('passes over what is no footage', async () => {
    await door.put('2026-01-02_03-04-05.mp4', Buffer.from('not a film'));
    await door.put('2026-01-02_03-04-06.mp4', Buffer.alloc(0));
    await door.put('2026-01-02_03-04-07.mp4', camera.bytes(camera.names()[0]!).subarray(0, 300));
    expect(spans(await pieces(3, 5))).toEqual([[2, 6]]);
  });
});

it('a file of another format has a head of its own, and so have all in front of it', async () => {
  await using door = await FootageDoor.open();
  const camera = new RecordedCamera(door.folder, { segmentDuration: 10 });
  await camera.play(20, { gop: 50 });
  camera.source.setTracks([videoTrack(1)]);
  await camera.play(20, { gop: 50 });
  await camera.end();
  const text = await (await door.get(`playback.m3u8?${query(0, 40)}`)).text();
  const seconds = read(text).map(({ uri, map }) => [uri, map].map((name) => name.match(/-(\d\d)\.mp4/)![1]));
  expect([...new Set(seconds.map((pair) => pair.join(' ')))]).toEqual(['00 10', '10 10', '20 30', '30 30']);
});

describe('a camera that begins with a burst of what it kept', () => {
  it('is dated by what came in its time', async () => {
    await using door = await FootageDoor.open();
    const camera = new RecordedCamera(door.folder);
    // Two seconds at once, then a picture every 40 ms.
    for (let i = 0; i < 200; i++) {
      if (i >= 50) camera.source.clock.advance(40);
      camera.source.frame(camera.source.video!, i * 0.04, { key: i % 50 === 0 });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await camera.end();
    const response = await door.get(`playback.m3u8?${query(0, 5)}`);
    expect(read(await response.text()).map(({ date }) => date)).toEqual([-1.96, 4.04]);
  });
});
