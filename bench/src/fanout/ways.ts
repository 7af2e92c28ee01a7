import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Product } from '../product/product.ts';
import type { CrowdOrder } from './crowd.ts';
import { say } from './say.ts';

/** A way out of the product that a crowd can take. */
export interface Way {
  readonly name: string;
  /** Most CPU milliseconds per viewer-second that the goal allows; undefined where there is none. */
  readonly bound?: number;
  /** It is read a few times a second only. */
  readonly seldom?: boolean;
  order(): Promise<Pick<CrowdOrder, 'kind' | 'target' | 'say'>>;
}

export const STREAM = 'bench';
const TICKET_HEADER = 'x-nightjar-ticket';

/**
 * The product's ways: by its one public port, where the server stands between, and by the engine's own door,
 * where a viewer with a ticket can be sent.
 */
export function waysOf(product: Product): Way[] {
  const { base, token } = product.api;
  const { hostname, port } = new URL(base);
  const open = { host: hostname, port: Number(port) };
  const door = { socketPath: join(product.dataDir, 'run', 'engine.sock') };
  const bearer = [`Authorization: Bearer ${token}`];
  const ticketed = async () => [`${TICKET_HEADER}: ${await ticketOf(product)}`];
  const live = `/live/${STREAM}`;
  return [
    {
      name: 'MSE, a message a frame, at the engine',
      bound: 0.5,
      order: async () => ({ target: door, say: say.webSocket(`${live}/mse`, await ticketed()) }),
    },
    {
      name: 'HTTP-FLV, at the engine',
      bound: 0.5,
      order: async () => ({ target: door, say: say.http(`${live}/stream.flv`, await ticketed()) }),
    },
    {
      name: 'MSE, a message a frame, through the server',
      bound: 0.5,
      order: async () => ({ target: open, say: say.webSocket(`${live}/mse`, bearer) }),
    },
    {
      name: 'MSE, parts of 200 ms, through the server',
      bound: 0.25,
      order: async () => ({ target: open, say: say.webSocket(`${live}/mse?parts=200`, bearer) }),
    },
    {
      name: 'HTTP-FLV, through the server',
      bound: 0.5,
      order: async () => ({ target: open, say: say.http(`${live}/stream.flv`, bearer) }),
    },
    {
      name: 'HTTP-FLV, parts of 200 ms, through the server',
      bound: 0.25,
      order: async () => ({ target: open, say: say.http(`${live}/stream.flv?parts=200`, bearer) }),
    },
    {
      name: 'fMP4, parts of 200 ms, through the server',
      bound: 0.25,
      order: async () => ({ target: open, say: say.http(`${live}/stream.mp4?parts=200`, bearer) }),
    },
    { name: 'RTSP over TCP', bound: 0.5, order: () => rtspOrder(product, '') },
    { name: 'RTSP over TCP, parts of 200 ms', bound: 0.25, order: () => rtspOrder(product, '?parts=200') },
  ];
}

async function rtspOrder({ api, dataDir }: Product, query: string): ReturnType<Way['order']> {
  const ports = JSON.parse(await readFile(join(dataDir, 'ports.json'), 'utf8')) as { rtsp: number };
  const url = `rtsp://127.0.0.1:${ports.rtsp}/${STREAM}`;
  const spoken = say.rtsp(`${url}${query}`, `${url}/trackID=0`, api.token);
  return { target: { host: '127.0.0.1', port: ports.rtsp }, say: spoken };
}

/** The ways that take more than a connection to be read: low-latency HLS, and WebRTC over TCP. */
export function spokenWays({ api: { base, token } }: Product): Way[] {
  const { hostname: host, port } = new URL(base);
  const target = { host, port: Number(port) };
  const whep = `${base}/whep/${STREAM}`;
  return [
    {
      name: 'low-latency HLS',
      seldom: true,
      order: async () => ({ kind: 'hls', target, say: [`/live/${STREAM}`, token] }),
    },
    { name: 'WebRTC over TCP', order: async () => ({ kind: 'peers', target, say: [whep, token] }) },
  ];
}

async function ticketOf({ api }: Product): Promise<string> {
  const { ticket } = (await api.expect(201, 'POST', `/live/${STREAM}/ticket`)) as { ticket: string };
  return ticket;
}
