import { say } from '../fanout/say.ts';
import { Wire } from '../join/wire.ts';

/** Told of each picture once its last byte is there, by its last bytes. */
export type OnPicture = (tail: string) => void;

/** Bytes by which a picture is known again. */
const TAIL = 16;
const FU_A = 28;
const VIDEO_TAG = 9;

const tailOf = (bytes: Buffer): string => bytes.subarray(-TAIL).toString('latin1');

/** Reads one picture after the other until the connection ends. */
export interface PictureSource {
  readonly target: { readonly host: string; readonly port: number };
  read(wire: Wire, onPicture: OnPicture): Promise<void>;
}

/** Pictures of an RTSP server, interleaved; `token` where it asks for one. */
export function rtspPictures(url: string, token: string): PictureSource {
  const { hostname: host, port } = new URL(url);
  return {
    target: { host, port: Number(port) },
    async read(wire, onPicture) {
      await play(wire, url, token);
      let tail = Buffer.alloc(0);
      for (;;) {
        const head = await wire.take(4);
        const packet = await wire.take(head.readUInt16BE(2));
        if (head[1] !== 0) continue;
        const payload = packet.subarray((packet[12]! & 31) === FU_A ? 14 : 12);
        tail = Buffer.concat([tail, payload]).subarray(-TAIL);
        if ((packet[1]! & 0x80) !== 0) onPicture(tailOf(tail));
      }
    },
  };
}

/** The dialogue of RTSP up to the first packet. */
async function play(wire: Wire, url: string, token: string): Promise<void> {
  let session = '';
  let control = `${url}/trackID=0`;
  for (const request of say.rtsp(url, '{control}', token)) {
    wire.write(request.replace('{session}', session).replace('{control}', control));
    const head = await wire.takeTo('\r\n\r\n');
    if (!/^RTSP\/1.0 200 /.test(head)) throw new Error(head.split('\r\n')[0]);
    session = /^Session: *([^;\r\n]+)/im.exec(head)?.[1] ?? session;
    const body = await wire.take(Number(/^Content-Length: *(\d+)/im.exec(head)?.[1] ?? 0));
    const own = /m=video[\s\S]*?a=control:(\S+)/.exec(body.toString())?.[1];
    if (own) control = own.startsWith('rtsp:') ? own : `${url}/${own}`;
  }
}

async function answered(wire: Wire, request: string): Promise<void> {
  wire.write(request);
  const head = await wire.takeTo('\r\n\r\n');
  if (!/^\S+ (101|200) /.test(head)) throw new Error(head.split('\r\n')[0]);
}

export interface PublicPort {
  readonly host: string;
  readonly port: number;
  readonly token: string;
}

/** Pictures of HTTP-FLV, each of them one tag. */
export function flvPictures(path: string, { token, ...target }: PublicPort): PictureSource {
  return {
    target,
    async read(wire, onPicture) {
      await answered(wire, say.http(path, [`Authorization: Bearer ${token}`])[0]!);
      await wire.take(13);
      for (;;) {
        const head = await wire.take(11);
        const body = await wire.take(head.readUIntBE(1, 3) + 4);
        if (head[0] === VIDEO_TAG) onPicture(tailOf(body.subarray(0, -4)));
      }
    },
  };
}

/** Pictures of MSE, each of them one message. */
export function msePictures(path: string, { token, ...target }: PublicPort): PictureSource {
  return {
    target,
    async read(wire, onPicture) {
      await answered(wire, say.webSocket(path, [`Authorization: Bearer ${token}`])[0]!);
      for (;;) onPicture(tailOf(await wire.take(await messageLength(wire))));
    },
  };
}

async function messageLength(wire: Wire): Promise<number> {
  const short = (await wire.take(2))[1]! & 127;
  if (short < 126) return short;
  if (short === 126) return (await wire.take(2)).readUInt16BE(0);
  return Number((await wire.take(8)).readBigUInt64BE(0));
}

/** The oldest picture of each part of low-latency HLS, as it arrives by blocking reload and preload hint. */
export async function readParts(
  base: string,
  streamId: string,
  token: string,
  options: { until: () => boolean; onPart: OnPicture },
): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const get = async (path: string) => {
    const answer = await fetch(`${base}/live/${streamId}/${path}`, { headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer;
  };
  let hint = hintIn(await (await get('video.m3u8?join=now')).text());
  while (!options.until()) {
    const [msn, part] = /(\d+)\.(\d+)\.m4s/.exec(hint)!.slice(1).map(Number) as [number, number];
    // As a player does: the part and the playlist that lists it are waited for at the same time.
    const [bytes, playlist] = await Promise.all([
      get(hint)
        .then((answer) => answer.arrayBuffer())
        .then((body) => {
          options.onPart(firstPicture(Buffer.from(body)));
        })
        .then(() => true),
      get(`video.m3u8?_HLS_msn=${msn}&_HLS_part=${part}`).then((answer) => answer.text()),
    ]);
    if (bytes) hint = hintIn(playlist);
  }
}

function hintIn(playlist: string): string {
  const hint = /#EXT-X-PRELOAD-HINT:.*URI="([^"]+)"/.exec(playlist)?.[1];
  if (!hint) throw new Error('a playlist without a hint');
  return hint;
}

function firstPicture(part: Buffer): string {
  for (let at = 0; at + 8 <= part.length; ) {
    const size = part.readUInt32BE(at);
    if (part.toString('latin1', at + 4, at + 8) === 'mdat') return tailOf(part.subarray(at, at + size));
    at += size;
  }
  return '';
}

/** Opens a connection of its own and reads pictures from it; whatever ends it is thrown. */
export async function watchPictures(source: PictureSource, onPicture: OnPicture): Promise<void> {
  await using wire = await Wire.open(source.target);
  await source.read(wire, onPicture);
}
