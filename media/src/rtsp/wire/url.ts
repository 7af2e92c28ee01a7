/** Who logs in to a camera; both parts already percent-decoded. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** An `rtsp://` or `rtsps://` address with its credentials split off. */
export interface RtspUrl {
  /** `rtsps`: RTSP over TLS. */
  readonly secure: boolean;
  /** Name, IPv4, or IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query exactly as they are sent: empty, or beginning with `/` or `?`. */
  readonly path: string;
  readonly credentials?: Credentials;
}

const DEFAULT_PORT = 554;
const DEFAULT_SECURE_PORT = 322;
const SCHEME = /^(rtsps?):\/\//i;
const HOST = /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?$/;
const IPV6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/;
const MAX_LENGTH = 4096;

/**
 * Reads an address as people paste it: the user info ends at the last `@` before the path, credentials are
 * percent-decoded where that is possible, spaces and non-ASCII in the path are encoded.
 * @returns undefined for anything that is not an RTSP address.
 */
export function parseRtspUrl(text: string): RtspUrl | undefined {
  const trimmed = text.trim();
  const scheme = SCHEME.exec(trimmed);
  if (!scheme || trimmed.length > MAX_LENGTH || hasControl(trimmed)) return undefined;
  const secure = scheme[1]!.toLowerCase() === 'rtsps';
  const rest = trimmed.slice(scheme[0].length);
  const cut = rest.search(/[/?#]/);
  const authority = cut < 0 ? rest : rest.slice(0, cut);
  const at = authority.lastIndexOf('@');
  const place = parseHostPort(authority.slice(at + 1), secure);
  if (!place) return undefined;
  const path = withoutSrtp(encodePath((cut < 0 ? '' : rest.slice(cut)).replace(/#.*$/, '')));
  const url = { secure, ...place, path };
  return at < 0 ? url : { ...url, credentials: parseUserInfo(authority.slice(0, at)) };
}

/** The address without credentials, as it goes into a request line; default ports are left out. */
export function formatRtspUrl(url: RtspUrl): string {
  const scheme = url.secure ? 'rtsps' : 'rtsp';
  return `${scheme}://${formatPeer(url, url.secure ? DEFAULT_SECURE_PORT : DEFAULT_PORT)}${url.path}`;
}

/** `host:port` for messages and logs; `[…]` around IPv6. The port is left out when it is `hidden`. */
export function formatPeer(place: { host: string; port: number }, hidden?: number): string {
  const host = place.host.includes(':') ? `[${place.host}]` : place.host;
  return place.port === hidden ? host : `${host}:${place.port}`;
}

/** Percent-decoding that leaves broken sequences as they are. */
export function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%[0-7][0-9A-Fa-f]/g, (part) => decodeURIComponent(part));
  }
}

/** UniFi shows addresses with `?enableSrtp`, which asks for encrypted media; without it the media is plain. */
function withoutSrtp(path: string): string {
  return path.replace(/([?&])enableSrtp(?:=[^&]*)?(&|$)/i, (_, before: string, after: string) =>
    after === '&' ? before : '',
  );
}

function parseHostPort(text: string, secure: boolean): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{0,5}))?$/.exec(text);
  if (!match) return undefined;
  const [, bracketed, plain, digits] = match;
  const host = bracketed ?? plain ?? '';
  if (!(bracketed === undefined ? HOST : IPV6).test(host) || host.length > 253) return undefined;
  const port = digits ? Number(digits) : secure ? DEFAULT_SECURE_PORT : DEFAULT_PORT;
  return port >= 1 && port <= 65535 ? { host, port } : undefined;
}

function parseUserInfo(text: string): Credentials {
  const colon = text.indexOf(':');
  const username = colon < 0 ? text : text.slice(0, colon);
  return {
    username: percentDecode(username),
    password: colon < 0 ? '' : percentDecode(text.slice(colon + 1)),
  };
}

/** Request lines are ASCII without spaces; what is already encoded stays as it is. */
export function encodePath(path: string): string {
  return path.replace(/[^\x21-\x7e]+/gu, (part) => encodeURIComponent(part.toWellFormed()));
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 127) return true;
  }
  return false;
}
