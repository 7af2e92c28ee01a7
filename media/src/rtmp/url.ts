/** An RTMP address taken apart. */
export interface RtmpUrl {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** First segment of the path, as `connect` names it. */
  readonly app: string;
  /** What follows, with the query, as `play` and `publish` name it. */
  readonly name: string;
  /** What `connect` gives as `tcUrl`. */
  readonly tcUrl: string;
}

const PORTS: Readonly<Record<string, number>> = { rtmp: 1935, rtmps: 443 };

/**
 * Reads `rtmp[s]://host[:port]/app/name`. Of more than two segments the last is the name, as librtmp and ffmpeg
 * have it, but for the two that older cameras use: see `instances`.
 * @returns undefined for a text that is no such address.
 */
export function parseRtmpUrl(text: string): RtmpUrl | undefined {
  const match =
    /^(rtmps?):\/\/(?:[^@/]*@)?(\[[0-9A-Fa-f:.]+\]|[^:/?#[\]]+)(?::(\d{1,5}))?\/([^?#]*)(\?[^#]*)?$/i.exec(
      text,
    );
  if (!match) return undefined;
  const [, scheme = '', host = '', digits, path = '', query = ''] = match;
  const port = digits === undefined ? PORTS[scheme.toLowerCase()]! : Number(digits);
  if (port < 1 || port > 65_535) return undefined;
  const slash = path.replace(/\/+$/, '').lastIndexOf('/');
  const app = slash < 0 ? path : path.slice(0, slash);
  const name = (slash < 0 ? '' : path.slice(slash + 1)) + query;
  const authority = digits === undefined ? host : `${host}:${port}`;
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port,
    secure: scheme.toLowerCase() === 'rtmps',
    app,
    name,
    tcUrl: `${scheme.toLowerCase()}://${authority}/${app}`,
  };
}

/** Tokens stand in names. */
const MAX_NAME = 4096;

/** What a client asks a server for: the path that app and name make, and what is behind the question mark. */
export interface RtmpTarget {
  /** Without slashes at the ends, `live/` taken off. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/**
 * What `connect` and `publish` or `play` name together. Clients put the key into either, and the query behind
 * either (quirk 64); Flash's `mp4:` and `flv:` in front of a name mean nothing here.
 * @returns undefined for what is too long or not printable.
 */
export function targetOf(app: string, name: string): RtmpTarget | undefined {
  if (app.length > MAX_NAME || name.length > MAX_NAME) return undefined;
  if (!/^[\x20-\x7e]*$/.test(app + name)) return undefined;
  const [appPath = '', appQuery = ''] = split(app);
  const [namePath = '', nameQuery = ''] = split(name.replace(/^(?:mp4|flv):/, ''));
  const path = `${appPath}/${namePath}`
    .split('/')
    .filter((segment) => segment !== '')
    .map(decode)
    .join('/');
  return {
    path: path.replace(/^live(?:\/|$)/, ''),
    query: new URLSearchParams([appQuery, nameQuery].filter((query) => query !== '').join('&')),
  };
}

/** OBS and others write `key&name=value` as well. */
function split(text: string): string[] {
  const at = text.search(/[?&]/);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
