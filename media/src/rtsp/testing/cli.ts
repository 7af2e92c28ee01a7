import type { RtspTransport } from '../errors.ts';
import { Hub } from './hub.ts';
import { Reader } from './reader.ts';

const USAGE = 'cli.ts hub | cli.ts play URL tcp|udp|http';
const SHOW_MS = 100;

/**
 * Our RTSP server, or client, in a process of its own, for players, publishers and cameras from outside. Prints what
 * it has as one JSON line each 100 ms, until SIGTERM or, with NIGHTJAR_PARENT_PIPE=1, the end of stdin.
 */
async function main([what, url, transport]: readonly string[]): Promise<void> {
  if (what === 'hub') {
    await using hub = await Hub.start();
    await shownUntilEnded(() => hub.facts);
  } else if (what === 'play' && url !== undefined && isTransport(transport)) {
    await using reader = new Reader(url, transport);
    await reader.play();
    await shownUntilEnded(() => reader.facts);
  } else {
    console.error(USAGE);
    process.exitCode = 2;
  }
}

function isTransport(text: string | undefined): text is RtspTransport {
  return text === 'tcp' || text === 'udp' || text === 'http';
}

async function shownUntilEnded(facts: () => object): Promise<void> {
  const show = () => console.log(JSON.stringify(facts()));
  show();
  const timer = setInterval(show, SHOW_MS);
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    if (process.env['NIGHTJAR_PARENT_PIPE'] !== '1') return;
    process.stdin.once('end', () => resolve()).resume();
  });
  clearInterval(timer);
  process.stdin.pause();
}

await main(process.argv.slice(2));
