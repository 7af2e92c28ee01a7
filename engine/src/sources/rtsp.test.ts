import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FakeClock, type SyntheticCameras, startSyntheticCameras } from '@nightjar/media/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../testing/index.ts';
import { Visit } from './testing/visit.ts';

let cameras: SyntheticCameras;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-clips-'));
  cameras = await startSyntheticCameras({
    cameras: [
      { path: 'yard', clip: 'yard' },
      { path: 'other', clip: 'yard' },
      { path: 'locked', clip: 'door', username: 'admin', password: 'right' },
    ],
  });
});
afterAll(async () => {
  await cameras.close();
  await rm(folder, { recursive: true });
});

afterEach(Visit.endAll);

/** The yard, said to be of another level (ITU-T H.264 A.3): another format. */
async function otherClip(): Promise<string> {
  const yard = fileURLToPath(new URL('../../../media/testdata/yard', import.meta.url));
  const bytes = await readFile(`${yard}.h264`);
  const sps = Buffer.from('6764001f', 'hex');
  for (let at = bytes.indexOf(sps); at >= 0; at = bytes.indexOf(sps, at + 4)) bytes[at + 3] = 0x20;
  await writeFile(`${folder}/other.h264`, bytes);
  await copyFile(`${yard}.aac`, `${folder}/other.aac`);
  return `${folder}/other`;
}

describe('a camera', () => {
  it('plays picture and sound, a key frame first, in rising time', async () => {
    const visit = new Visit({ url: cameras.url('yard') });
    await until(() => visit.of('video').length > 10 && visit.of('audio').length > 10);
    expect(visit.told).toEqual(['ready', 'live']);
    expect(visit.tracks).toEqual([[expect.stringMatching(/^avc1\./), 'mp4a.40.2']]);
    expect(visit.of('video')[0]!.key).toBe(true);
    for (const kind of ['video', 'audio'] as const) {
      const seconds = visit.of(kind).map((frame) => frame.seconds);
      expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
    }
    expect(visit.counters).toMatchObject({ lost: 0, dropped: 0 });
    expect(visit.counters.packets).toBeGreaterThan(20);
    expect(visit.counters.bytes).toBeGreaterThan(1_000);
    const { bytes } = visit.counters;
    visit.abort();
    expect(await visit.error).toMatchObject({ name: 'AbortError' });
    expect(visit.tracks.at(-1)).toEqual([]);
    expect(visit.counters.bytes).toBeGreaterThanOrEqual(bytes);
  });

  it('that is locked plays with the right login, and is final about a wrong one', async () => {
    const url = `rtsp://127.0.0.1:${new URL(cameras.url('locked').replace('rtsp:', 'http:')).port}/locked`;
    expect(await new Visit({ url }).fault()).toBe('auth_failed');
    const wrong = new Visit({ url, username: 'admin', password: 'canary-of-the-test' });
    expect(await wrong.fault()).toBe('auth_failed');
    expect(String(await wrong.error)).not.toContain('canary-of-the-test');
    const right = new Visit({ url, username: 'admin', password: 'right' });
    await until(() => right.told.includes('live'));
  });

  it('that does not know the path says so', async () => {
    expect(await new Visit({ url: `${cameras.url('yard')}/nowhere` }).fault()).toBe('not_found');
  });

  it('that does not answer is given up after 10 s', async () => {
    cameras.mute('yard');
    const clock = new FakeClock();
    const visit = new Visit({ url: cameras.url('yard') }, { clock });
    await until(() => (visit.sockets[0]?.bytesRead ?? 0) > 0);
    clock.advance(9_000);
    expect(visit.over).toBe(false);
    clock.advance(1_000);
    expect(await visit.fault()).toBe('timeout');
    cameras.unmute('yard');
  });

  it('that does not answer holds nobody up who stops the stream', async () => {
    cameras.mute('yard');
    const visit = new Visit({ url: cameras.url('yard') });
    await until(() => (visit.sockets[0]?.bytesRead ?? 0) > 0);
    const began = performance.now();
    visit.abort();
    expect(await visit.error).toMatchObject({ name: 'AbortError' });
    expect(performance.now() - began).toBeLessThan(1_500);
    cameras.unmute('yard');
  });

  it('that stalls is given up after 5 s without a picture', async () => {
    const clock = new FakeClock();
    const visit = new Visit({ url: cameras.url('yard') }, { clock });
    await until(() => visit.told.includes('live') && visit.frames.length > 40);
    for (let i = 0; i < 20; i++) {
      const before = visit.of('video').length;
      await until(() => visit.of('video').length > before);
      clock.advance(1_000);
    }
    expect(visit.over).toBe(false);
    cameras.stall('yard');
    // Longer than from one picture to the next: one that did not stall would be seen.
    for (let second = 0; second < 7 && !visit.over; second++) {
      await pause(60);
      clock.advance(1_000);
    }
    expect(await visit.fault()).toBe('no_media');
    cameras.resume('yard');
  });

  it('that ends the session, and one that is switched off, are told apart', async () => {
    const cut = new Visit({ url: cameras.url('yard') });
    await until(() => cut.told.includes('live'));
    expect(await cameras.cut('yard')).toBeGreaterThanOrEqual(1);
    expect(await cut.fault()).toBe('closed_by_camera');
    await cameras.refuse();
    expect(await new Visit({ url: cameras.url('yard') }).fault()).toBe('refused');
    await cameras.accept();
    const back = new Visit({ url: cameras.url('yard') });
    await until(() => back.told.includes('live'));
  });

  it('that changes its format in mid-stream has other tracks from there on', async () => {
    const visit = new Visit({ url: cameras.url('other') });
    await until(() => visit.told.includes('live'));
    const [[before]] = visit.tracks as [[string]];
    await cameras.changeFormat('other', await otherClip());
    await until(() => visit.over || visit.tracks.length > 1);
    const next = visit.over ? new Visit({ url: cameras.url('other') }) : visit;
    await until(() => (next.tracks.at(-1)?.length ?? 0) > 0 && next.told.includes('live'));
    expect([before, next.tracks.at(-1)![0]]).toEqual(['avc1.64001F', 'avc1.640020']);
    expect(visit.told).toEqual(['ready', 'live']);
  });

  it('that may not be reached is not, and that is final', async () => {
    const closed = { allow: [], deny: [], ports: [] };
    const visit = new Visit({ url: cameras.url('yard') }, { policy: closed });
    expect(await visit.fault()).toBe('target_denied');
    expect(visit.sockets).toEqual([]);
    const named = new Visit({ url: 'rtsp://localhost:8554/x' }, { policy: closed });
    expect(await named.fault()).toBe('target_denied');
  });

  it.each(['ftp://127.0.0.1/x', 'rtsp://', 'rtsps://127.0.0.1:1/x'])('is not at %s', async (url) => {
    const fault = await new Visit({ url }).fault();
    expect(['not_rtsp', 'target_denied']).toContain(fault);
  });
});

describe('what is no camera', () => {
  let impostor: Server;
  afterEach(() => new Promise<void>((resolve) => impostor.close(() => resolve())));

  async function impostorThat(answer: (socket: Socket) => void): Promise<string> {
    impostor = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.resume();
      answer(socket);
    });
    impostor.listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    return `rtsp://127.0.0.1:${(impostor.address() as AddressInfo).port}/x`;
  }

  it('is told by its answer', async () => {
    const url = await impostorThat((socket) =>
      socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'),
    );
    expect(['not_rtsp', 'protocol_error', 'closed_by_camera']).toContain(await new Visit({ url }).fault());
  });

  it('and closes at once is lost', async () => {
    const url = await impostorThat((socket) => socket.destroy());
    expect(await new Visit({ url }).fault()).toBe('closed_by_camera');
  });

  it('a camera without playable tracks says what it offers', async () => {
    const url = await impostorThat((socket) => {
      socket.on('data', (data) => {
        const cseq = /CSeq: (\d+)/.exec(data.toString())?.[1];
        const body =
          'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 98\r\na=rtpmap:98 THEORA/90000\r\n';
        const length = data.toString().startsWith('DESCRIBE') ? body.length : 0;
        socket.write(
          `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nContent-Type: application/sdp\r\nContent-Length: ${length}\r\n\r\n${body.slice(0, length)}`,
        );
      });
    });
    const visit = new Visit({ url });
    expect(await visit.fault()).toBe('no_playable_track');
    expect(String(await visit.error)).toContain('THEORA');
  });
});

describe('a picture that stalls while the sound goes on', () => {
  /** Passes a camera on, without the packets of channel 0 once told so. */
  class PictureThief {
    readonly server: Server;
    stealing = false;
    #rest = Buffer.alloc(0);

    constructor(port: number) {
      this.server = createServer((near) => {
        const far = connectTcp(port, '127.0.0.1');
        for (const socket of [near, far]) socket.on('error', () => undefined);
        near.on('data', (data) => far.write(data));
        far.on('data', (data: Buffer) =>
          near.write(this.stealing ? this.#withoutPicture(data) : this.#note(data)),
        );
        near.on('close', () => far.destroy());
        far.on('close', () => near.destroy());
      });
    }

    /** Keeps what is left of the last packet, to know where the next one begins. */
    #note(data: Buffer): Buffer {
      this.#split(data);
      return data;
    }

    #withoutPicture(data: Buffer): Buffer {
      return Buffer.concat(this.#split(data).filter((packet) => packet[1] !== 0));
    }

    #split(data: Buffer): Buffer[] {
      const packets: Buffer[] = [];
      let bytes = Buffer.concat([this.#rest, data]);
      while (bytes.length >= 4) {
        const text = bytes[0] === 0x24 ? -1 : bytes.indexOf('\r\n\r\n') + 4;
        const size = text < 0 ? 4 + bytes.readUInt16BE(2) : this.#textSize(bytes, text);
        if (bytes.length < size) break;
        packets.push(bytes.subarray(0, size));
        bytes = bytes.subarray(size);
      }
      this.#rest = Buffer.from(bytes);
      return packets;
    }

    #textSize(bytes: Buffer, head: number): number {
      return head + Number(/content-length: *(\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1] ?? 0);
    }
  }

  it('is given up as well', async () => {
    const thief = new PictureThief(cameras.port);
    thief.server.listen(0, '127.0.0.1');
    await once(thief.server, 'listening');
    const clock = new FakeClock();
    const { port } = thief.server.address() as AddressInfo;
    const visit = new Visit({ url: `rtsp://127.0.0.1:${port}/yard` }, { clock });
    await until(() => visit.told.includes('live') && visit.of('video').length > 5);
    thief.stealing = true;
    let pictures = -1;
    while (pictures !== visit.of('video').length) {
      pictures = visit.of('video').length;
      const sounds = visit.of('audio').length;
      await until(() => visit.of('audio').length > sounds + 8);
    }
    for (let second = 0; second < 7 && !visit.over; second++) {
      const sounds = visit.of('audio').length;
      await until(() => visit.over || visit.of('audio').length > sounds);
      clock.advance(1_000);
    }
    expect(await visit.fault()).toBe('no_media');
    await new Promise((resolve) => thief.server.close(resolve));
  });
});
