import { createHash, timingSafeEqual } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Header of a door request that carries a signed ticket. */
export const TICKET_HEADER = 'x-nightjar-ticket';

/** Unix socket of the engine: the link is a WebSocket at `/link`, viewers' media is under `/live/`. */
export function engineSocketPath(dataDir: string): string {
  const path = join(resolve(dataDir), 'run', 'engine.sock');
  // sun_path holds 108 bytes on Linux and 104 elsewhere (unix(7)).
  if (Buffer.byteLength(path) <= 100) return path;
  const short = createHash('sha256').update(path).digest('hex').slice(0, 12);
  return join(tmpdir(), `nightjar-${process.getuid?.() ?? 0}-${short}`, 'engine.sock');
}

/** File with 32 random bytes (mode 0600) that both programs share: link token and ticket signatures. */
export function linkKeyPath(dataDir: string): string {
  return join(resolve(dataDir), 'keys', 'link.key');
}

/** What the server shows at the engine's door as `Authorization`. */
export const linkAuthorization = (key: Buffer): string =>
  `Bearer ${createHash('sha256').update(key).digest('hex')}`;

/** Whether an `Authorization` is the server's. */
export function isLinkAuthorization(key: Buffer, given: string | undefined): boolean {
  const [wanted, shown] = [Buffer.from(linkAuthorization(key)), Buffer.from(given ?? '')];
  return wanted.length === shown.length && timingSafeEqual(wanted, shown);
}
