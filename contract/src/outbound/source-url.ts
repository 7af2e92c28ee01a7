/** How a source is read; a closing `s`: inside TLS. `http`: what the answer's type says, FLV for example. */
export type SourceProtocol = 'rtsp' | 'rtsps' | 'rtmp' | 'rtmps' | 'http' | 'https';

/** A camera's address taken apart; `url` is what may be shown to an engine's log: no credentials in it. */
export interface SourceUrl {
  protocol: SourceProtocol;
  /** As written, lower case, IPv6 without brackets. */
  host: string;
  /** The protocol's own when the URL names none. */
  port: number;
  url: string;
  username?: string;
  password?: string;
}

export type ParsedSourceUrl = { ok: true; source: SourceUrl } | { ok: false; message: string };

const DEFAULT_PORTS: Readonly<Record<SourceProtocol, number>> = {
  rtsp: 554,
  rtsps: 322,
  rtmp: 1935,
  rtmps: 443,
  http: 80,
  https: 443,
};
const ALL = Object.keys(DEFAULT_PORTS) as SourceProtocol[];
/** For surfaces whose sources are RTSP cameras by their word. */
export const RTSP_PROTOCOLS: readonly SourceProtocol[] = ['rtsp', 'rtsps'];
const MAX_LENGTH = 2048;

/** Ports on which a protocol is answered by habit, beyond those open to all: the web's, for what is no RTSP. */
export function usualPorts(protocol: SourceProtocol): readonly number[] {
  return RTSP_PROTOCOLS.includes(protocol) ? [] : [DEFAULT_PORTS[protocol]];
}

const fail = (message: string): ParsedSourceUrl => ({ ok: false, message });

/** Cameras' passwords are pasted both escaped and bare: a bare `%` stays what it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function credentials(userinfo: string): { username?: string; password?: string } {
  const colon = userinfo.indexOf(':');
  if (colon < 0) return { username: decode(userinfo) };
  return { username: decode(userinfo.slice(0, colon)), password: decode(userinfo.slice(colon + 1)) };
}

/** `host[:port]` taken apart; `port` is undefined when none is written. */
function splitAuthority(text: string): { host: string; port: number | undefined } | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const host = (match?.[1] ?? match?.[2])?.toLowerCase();
  if (!host) return undefined;
  if (match?.[3] === undefined) return { host, port: undefined };
  const port = Number(match[3]);
  return port >= 1 && port <= 65535 ? { host, port } : undefined;
}

/**
 * Takes a source URL apart by one strict reading (RFC 3986 §3.2, the last `@` ends the user part); messages
 * never repeat a piece of the text. What passes may still be refused by `hostVerdict`.
 */
export function parseSourceUrl(text: string, protocols: readonly SourceProtocol[] = ALL): ParsedSourceUrl {
  if (text.length > MAX_LENGTH) return fail(`the URL is longer than ${MAX_LENGTH} characters`);
  if (!/^[\x21-\x5b\x5d-\x7e]*$/.test(text)) {
    return fail('the URL must be printable ASCII without spaces or backslashes');
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text);
  if (!scheme) return fail('the URL must begin with rtsp://');
  const named = scheme[1]!.toLowerCase();
  const protocol = protocols.find((each) => each === named);
  if (!protocol) {
    return fail(`only ${protocols.join(', ')} sources are supported, as in rtsp://host:554/path`);
  }
  if (text.includes('#')) return fail("the URL must not contain '#'; write it as %23");
  const rest = text.slice(scheme[0].length);
  const end = rest.search(/[/?]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const at = authority.lastIndexOf('@');
  const parts = splitAuthority(authority.slice(at + 1));
  if (!parts) {
    return fail('the URL has no valid host and port; escape special characters of a password as %XX');
  }
  const { host, port } = parts;
  const path = end < 0 ? '' : rest.slice(end);
  const shown = `${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`;
  const user = at <= 0 ? {} : credentials(authority.slice(0, at));
  const url = `${protocol}://${shown}${path}`;
  return { ok: true, source: { protocol, host, port: port ?? DEFAULT_PORTS[protocol], url, ...user } };
}

const SECRET_FIELD = /([?&/;_](?:pass|passwd|password|pwd|psw|token|auth|key|secret)=)[^&/;?\s"']*/gi;

/**
 * Hides what is secret in every URL of a text: `rtsp://***:***@host/…`, and the values of fields such as
 * `password=` in path or query. Takes any text, so that logs and messages may pass through it.
 */
export function redactUrls(text: string): string {
  return text
    .replace(/([A-Za-z][A-Za-z0-9+.-]{0,20}:\/\/)[^\s/?"'<>]*@/g, '$1***:***@')
    .replace(SECRET_FIELD, '$1***');
}
