import { Agent, type IncomingMessage, request } from 'node:http';
import { Counts } from './counts.ts';
import type { CrowdOrder } from './crowd.ts';

/**
 * A crowd that watches low-latency HLS in one process: each asks for the part to come, and for the playlist that
 * lists it. Those that stall ask for a whole segment and do not read it. The order is the first argument, as JSON;
 * it says the path of the stream and the token.
 */
const order = JSON.parse(process.argv[2] ?? '{}') as CrowdOrder;
const [path = '', token = ''] = order.say;
const target = 'socketPath' in order.target ? { socketPath: order.target.socketPath } : order.target;
const counts = new Counts();
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** The answer's head; everybody has a name of their own, by which they are told apart. */
function ask(who: number, file: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${token}`, 'user-agent': `viewer-${who}-${process.pid}` };
  return new Promise((resolve, reject) => {
    request({ ...target, agent, path: `${path}/${file}`, headers }, resolve)
      .on('error', reject)
      .end();
  });
}

async function whole(who: number, file: string): Promise<Buffer> {
  const answer = await ask(who, file);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  if (answer.statusCode !== 200) throw new Error(`${file}: ${answer.statusCode}`);
  return Buffer.concat(chunks);
}

async function watch(who: number): Promise<void> {
  const read = counts.viewer();
  let playlist = (await whole(who, 'video.m3u8?join=now')).toString();
  counts.opened();
  for (;;) {
    const hint = /#EXT-X-PRELOAD-HINT:.*URI="([^"]+)"/.exec(playlist)?.[1] ?? '';
    const [, msn, part] = /(\d+)\.(\d+)\.m4s/.exec(hint) ?? [];
    const [bytes, next] = await Promise.all([
      whole(who, hint),
      whole(who, `video.m3u8?_HLS_msn=${msn}&_HLS_part=${part}`),
    ]);
    read(bytes.length);
    playlist = next.toString();
  }
}

async function stall(who: number): Promise<void> {
  const playlist = (await whole(who, 'video.m3u8')).toString();
  const segment = playlist.split('\n').findLast((line) => line.endsWith('.m4s')) ?? '';
  const answer = await ask(who, segment);
  counts.opened();
  const read = counts.viewer();
  answer.once('data', (chunk: Buffer) => {
    read(chunk.length);
    answer.pause();
  });
}

for (let who = 0; who < order.count; who++) {
  const turn = who < order.stalled ? stall : watch;
  setTimeout(() => {
    turn(who).catch((error: unknown) => {
      console.error(String(error));
      counts.closed();
    });
  }, who * 20);
}
