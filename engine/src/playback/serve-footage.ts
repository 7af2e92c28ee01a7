import type { HandedOver } from '@nightjar/contract/link';
import { MalformedError } from '@nightjar/media/bytes';
import { hideTracks, openMp4 } from '@nightjar/media/mp4';
import type { Footage } from './covered-library.ts';
import type { Exchange } from './exchange.ts';
import type { Bytes, Validators } from './http-range.ts';
import { answerRanged } from './ranged-answer.ts';
import { PlaybackRefusal } from './refusal.ts';
import { hiddenTracks } from './segment.ts';
import type { FootageHandle } from './store.ts';

/** Bytes read at a time; the next are read when the viewer has taken these. */
const CHUNK = 256 * 1024;

/** Query of a file whose head is to name no tracks that browsers know nothing of. */
export const FOR_BROWSERS = 'tracks=browser';

/** One recorded file, whole or a range of it (RFC 9110 14). */
export async function serveFootage(exchange: Exchange, library: Footage, name: string): Promise<void> {
  const handle = await library.open(exchange.streamId, name);
  try {
    if (exchange.query.get('tracks') === 'browser') await answer(exchange, await forBrowsers(handle), '-b');
    else await answer(exchange, handle);
  } finally {
    await handle.close();
  }
}

/** A file whose first bytes are others than those on disk. */
interface Headed extends FootageHandle {
  readonly head?: Buffer;
}

/** The same file, byte for byte, but for what its head calls some of its tracks. */
async function forBrowsers(handle: FootageHandle): Promise<Headed> {
  const head = await hiddenHead(handle);
  return {
    head,
    path: handle.path,
    size: handle.size,
    modified: handle.modified,
    close: () => handle.close(),
    async read(offset, length) {
      const bytes = await handle.read(offset, length);
      if (offset < head.length) head.copy(bytes, 0, offset, Math.min(head.length, offset + bytes.length));
      return bytes;
    },
  };
}

async function hiddenHead(handle: FootageHandle): Promise<Buffer> {
  try {
    const file = await openMp4(handle);
    return hideTracks(await handle.read(0, file.initEnd), hiddenTracks({ file }));
  } catch (error) {
    if (error instanceof MalformedError) throw new PlaybackRefusal(404, 'no such recording');
    throw error;
  }
}

/** `variant`: told apart by whoever keeps what it got. */
function answer(exchange: Exchange, handle: Headed, variant = ''): Promise<void> {
  const validators = validatorsOf(handle, variant);
  return answerRanged(exchange, {
    size: handle.size,
    validators,
    headers: { 'last-modified': validators.lastModified },
    body: (bytes) => chunks(handle, bytes),
    handOver: (bytes) => handOver(handle, bytes),
  });
}

function handOver({ path, head }: Headed, { first, last }: Bytes): HandedOver | undefined {
  if (path === undefined) return undefined;
  const begin = head?.subarray(first, last + 1) ?? Buffer.alloc(0);
  const from = first + begin.length;
  const files = from > last ? [] : [{ path, spans: [from, last + 1 - from] }];
  return { head: begin.toString('base64'), files };
}

/** A file that grows is another representation with each part. */
function validatorsOf({ size, modified }: FootageHandle, variant: string): Validators {
  const etag = `"${size.toString(36)}-${Math.round(modified).toString(36)}${variant}"`;
  return { etag, lastModified: new Date(modified).toUTCString() };
}

async function* chunks(handle: FootageHandle, { first, last }: Bytes): AsyncGenerator<Buffer> {
  for (let at = first; at <= last; ) {
    const bytes = await handle.read(at, Math.min(CHUNK, last + 1 - at));
    if (bytes.length === 0) throw new Error('a recording became shorter while it was read');
    yield bytes;
    at += bytes.length;
  }
}
