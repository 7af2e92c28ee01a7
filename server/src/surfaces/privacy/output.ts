import { isIP } from 'node:net';
import { parseSourceUrl, RTSP_PROTOCOLS } from '@nightjar/contract/outbound';
import { DomainError, invalid } from '../../kernel/index.ts';
import type { Blurred } from '../../privacy/index.ts';

/** How this server is reached by players. */
export interface Listener {
  /** TCP port of RTSP as the engine tells it; undefined before it has come. */
  port: () => number | undefined;
  /** This machine's own addresses. */
  addresses: () => readonly string[];
}

/** The address by which a stream is played, for somebody who reached us by `host`. Throws ENGINE_UNAVAILABLE. */
export function outputUrl(
  host: string,
  { path, outside }: Pick<Blurred, 'path' | 'outside'>,
  { port }: Listener,
): string {
  if (outside !== undefined) return outside;
  const rtsp = port();
  if (rtsp === undefined) throw new DomainError('ENGINE_UNAVAILABLE');
  const name = isIP(host) === 6 ? `[${host}]` : host;
  return `rtsp://${name}:${rtsp}/${path}`;
}

/**
 * Where an output is to be: at a path of our own RTSP listener, or at a server outside. Throws INVALID_CONFIGURATION
 * for what is neither.
 */
export function placeOf(
  url: string,
  host: string,
  listener: Listener,
): { path: string } | { path: undefined; outside: string } {
  const parsed = parseSourceUrl(url, RTSP_PROTOCOLS);
  if (!parsed.ok) throw invalid('output_url', parsed.message);
  const { protocol, host: name, port, username, password } = parsed.source;
  const own = [host.toLowerCase(), 'localhost', '127.0.0.1', '::1', ...listener.addresses()];
  if (!own.includes(name) || port !== listener.port()) return { path: undefined, outside: url };
  if (protocol !== 'rtsp') throw invalid('output_url', 'of this server it begins with rtsp://');
  if (username !== undefined || password !== undefined)
    throw invalid('output_url', 'it takes no credentials');
  const path = URL.parse(parsed.source.url)?.pathname.replace(/^\/+|\/+$/g, '') ?? '';
  if (!/^[\w.~-]+(\/[\w.~-]+)*$/.test(path)) throw invalid('output_url', 'its path must be plain');
  return { path };
}
