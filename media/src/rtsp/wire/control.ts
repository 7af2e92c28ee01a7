import { trimEnd } from './trim.ts';
import { encodePath, formatRtspUrl, type RtspUrl } from './url.ts';

/**
 * The base address of a presentation (RFC 2326 C.1.1). Cameras answer `Content-Base` relative, without a
 * scheme, with the scheme twice or with an inner address, so only its path is taken; scheme, host and port stay
 * those of the connection.
 */
export function baseUrl(request: RtspUrl, contentBase: string | undefined): RtspUrl {
  const text = contentBase?.trim();
  if (!text) return request;
  const path = pathOf(text, request);
  return path === undefined ? request : { ...request, path };
}

/**
 * The addresses a control attribute may mean, the likeliest first: an RFC 2326 implementation appends it to
 * the base, RFC 3986 resolves it. A camera that does not know the first is asked for the next.
 */
export function controlUrls(base: RtspUrl, control: string | undefined): readonly string[] {
  const text = encodePath(control?.trim() ?? '');
  if (text === '' || text === '*') return [formatRtspUrl(base)];
  if (isAbsolute(text)) return [formatRtspUrl({ ...base, path: pathOf(text, base) ?? base.path })];
  const paths = text.startsWith('/') ? slashLed(base.path, text) : relative(base.path, text);
  return [...new Set(paths)].map((path) => formatRtspUrl({ ...base, path }));
}

/** `scheme://…`, of which only RTSP's own is meant in a control attribute. */
export function isAbsolute(text: string): boolean {
  return /^rtsps?:\/\//i.test(text);
}

function slashLed(path: string, control: string): string[] {
  const bare = trimEnd(path, '/');
  const appended = bare + control;
  const inside = bare !== '' && control.startsWith(`${bare}/`);
  return inside ? [control, appended] : [appended, control];
}

function relative(path: string, control: string): string[] {
  if (control.startsWith('?')) return [path + control];
  const appended = path.endsWith('/') ? path + control : `${path}/${control}`;
  const query = path.indexOf('?');
  if (query < 0) return [appended];
  const folder = path.slice(0, query).replace(/\/$/, '');
  return [appended, `${folder}/${control}${path.slice(query).replace(/\/$/, '')}`];
}

/** The path and query of an address in whatever form, undefined when it holds none. */
function pathOf(text: string, request: RtspUrl): string | undefined {
  const clean = encodePath(text.replace(/[\r\n]/g, ''));
  if (clean.startsWith('/') && !clean.startsWith('//')) return clean;
  const bare = clean.replace(/^(rtsps?:)?\/\//i, '').replace(/^(rtsps?:\/\/)+/i, '');
  const first = request.path.split(/[/?]/)[1];
  if (bare === clean && first && bare.split(/[/?]/)[0] === first) return `/${bare}`;
  const slash = bare.search(/[/?]/);
  return slash < 0 ? '' : bare.slice(slash);
}
