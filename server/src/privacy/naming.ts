const SUFFIX = '-blur';
const MAX_PATH = 1_024;
/** Path segments that both programs read alike. */
const PLAIN = /^[\w.~!$&'()*+,;=:@%-]+(\/[\w.~!$&'()*+,;=:@%-]+)*$/;

/**
 * The output's path by the rule of S5: `-blur` behind the last segment, or in place of the second half of `X-X`.
 * `url` is an RTSP address; undefined when it has no path to name an output after.
 */
export function outputPath(url: string): string | undefined {
  const path = pathOf(url);
  if (path === undefined) return undefined;
  const segments = path.split('/');
  const last = segments.pop()!;
  const twice = /^(.+)-\1$/.exec(last);
  return [...segments, `${twice ? twice[1] : last}${SUFFIX}`].join('/');
}

/** The path of an RTSP address without slashes around it or a query. */
export function pathOf(url: string): string | undefined {
  const path = URL.parse(url)?.pathname.replace(/^\/+|\/+$/g, '') ?? '';
  return path.length <= MAX_PATH && PLAIN.test(path) ? path : undefined;
}
