import { say } from '../fanout/say.ts';
import type { Product } from '../product/product.ts';
import { rtmpKeyFrame } from './rtmp-key-frame.ts';
import { Wire } from './wire.ts';

/** A way in whose first key frame is timed. */
export interface JoinWay {
  readonly name: string;
  /** Milliseconds from asking for media to the last byte of the first key frame. */
  join(): Promise<number>;
}

const VIDEO_TAG = 9;
const IDR = 5;
const FU_A = 28;

async function ask(wire: Wire, request: string): Promise<{ asked: number; head: string }> {
  const asked = performance.now();
  wire.write(request);
  const head = await wire.takeTo('\r\n\r\n');
  if (!/^\S+ (101|200) /.test(head)) throw new Error(head.split('\r\n')[0]);
  return { asked, head };
}

async function flvKeyFrame(wire: Wire, request: string): Promise<number> {
  const { asked } = await ask(wire, request);
  await wire.take(13);
  for (;;) {
    const head = await wire.take(11);
    const body = await wire.take(head.readUIntBE(1, 3) + 4);
    if (head[0] === VIDEO_TAG && body[0] === 0x17 && body[1] === 1) return performance.now() - asked;
  }
}

/** Behind the codecs and the init segment comes all since the key frame, whose fragment is the first. */
async function mseKeyFrame(wire: Wire, request: string): Promise<number> {
  const { asked } = await ask(wire, request);
  for (let messages = 0; messages < 2; messages++) await wire.take(await messageLength(wire));
  await messageLength(wire);
  for (;;) {
    const head = await wire.take(8);
    await wire.take(head.readUInt32BE(0) - 8);
    if (head.toString('latin1', 4) === 'mdat') return performance.now() - asked;
  }
}

async function messageLength(wire: Wire): Promise<number> {
  const short = (await wire.take(2))[1]!;
  if (short < 126) return short;
  if (short === 126) return (await wire.take(2)).readUInt16BE(0);
  return Number((await wire.take(8)).readBigUInt64BE(0));
}

async function rtspKeyFrame(wire: Wire, requests: readonly string[]): Promise<number> {
  let session = '';
  let asked = 0;
  for (const request of requests) {
    const answer = await ask(wire, request.replace('{session}', session));
    asked = answer.asked;
    session = /^Session: *([^;\r\n]+)/im.exec(answer.head)?.[1] ?? session;
    await wire.take(Number(/^Content-Length: *(\d+)/im.exec(answer.head)?.[1] ?? 0));
  }
  let key = false;
  for (;;) {
    const head = await wire.take(4);
    const packet = await wire.take(head.readUInt16BE(2));
    if (head[0] !== 0x24) throw new Error('something else than a packet');
    if (head[1] !== 0) continue;
    const type = packet[12]! & 31;
    key ||= type === IDR || (type === FU_A && (packet[13]! & 31) === IDR);
    if (key && (packet[1]! & 0x80) !== 0) return performance.now() - asked;
  }
}

/** Every way whose first key frame can be seen on the wire; `streamId` is H.264 without sound. */
export function joinWays({ api }: Product, ports: Ports, streamId: string): JoinWay[] {
  const { hostname, port: http } = new URL(api.base);
  const open = { host: hostname, port: Number(http) };
  const bearer = [`Authorization: Bearer ${api.token}`];
  const on = (target: { host: string; port: number }, look: (wire: Wire) => Promise<number>) => async () => {
    await using wire = await Wire.open(target);
    return await look(wire);
  };
  const url = `rtsp://${hostname}:${ports.rtsp}/${streamId}`;
  const [flv = ''] = say.http(`/live/${streamId}/stream.flv`, bearer);
  const [mse = ''] = say.webSocket(`/live/${streamId}/mse`, bearer);
  const rtsp = say.rtsp(url, `${url}/trackID=0`, api.token);
  return [
    { name: 'RTSP over TCP', join: on({ ...open, port: ports.rtsp }, (wire) => rtspKeyFrame(wire, rtsp)) },
    {
      name: 'RTMP',
      join: on({ ...open, port: ports.rtmp }, (wire) => rtmpKeyFrame(wire, `${streamId}?token=${api.token}`)),
    },
    { name: 'HTTP-FLV, public port', join: on(open, (wire) => flvKeyFrame(wire, flv)) },
    { name: 'MSE, public port', join: on(open, (wire) => mseKeyFrame(wire, mse)) },
  ];
}

export interface Ports {
  readonly rtsp: number;
  readonly rtmp: number;
}
