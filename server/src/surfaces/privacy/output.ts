import { isIP } from 'node:net';
import { parseSourceUrl } from '@nightjar/contract/outbound';
import { DomainError, invalid } from '../../kernel/index.ts';

/** How this server is reached by players. */
export interface Listener {
  /** TCP port of RTSP as the engine tells it; undefined before it has come. */
  port: () => number | undefined;
  /** This machine's own addresses. */
  addresses: () => readonly string[];
}

/** The address by which a path is played, for somebody who reached us by `host`. Throws ENGINE_UNAVAILABLE. */
export function outputUrl(host: string, path: string, { port }: Listener): string {
  const rtsp = port();
  if (rtsp === undefined) throw new DomainError('ENGINE_UNAVAILABLE');
  const name = isIP(host) === 6 ? `[${host}]` : host;
  return `rtsp://${name}:${rtsp}/${path}`;
}

/**
 * The path that an address of our own RTSP listener names. Throws INVALID_CONFIGURATION for one of somebody else's:
 * outputs are not published to other servers.
 */
export function ownPath(url: string, host: string, listener: Listener): string {
  const parsed = parseSourceUrl(url, ['rtsp']);
  if (!parsed.ok) throw invalid('output_url', parsed.message);
  const { host: name, port, username, password } = parsed.source;
  const own = [host.toLowerCase(), 'localhost', '127.0.0.1', '::1', ...listener.addresses()];
  if (!own.includes(name) || port !== listener.port())
    throw invalid('output_url', "it must name this server's own RTSP listener");
  if (username !== undefined || password !== undefined)
    throw invalid('output_url', 'it takes no credentials');
  const path = URL.parse(parsed.source.url)?.pathname.replace(/^\/+|\/+$/g, '') ?? '';
  if (!/^[\w.~-]+(\/[\w.~-]+)*$/.test(path)) throw invalid('output_url', 'its path must be plain');
  return path;
}
