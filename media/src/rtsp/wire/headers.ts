import { trimEnd } from './trim.ts';

/** One alternative of a `Transport` header (RFC 2326 12.39). */
export interface Transport {
  /** `RTP/AVP`, `RTP/AVP/TCP`, … in upper case. */
  readonly protocol: string;
  /** Parameters without a value have the value ''. Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
  /** RTP and RTCP channel; a single id stands for the pair that begins with it. */
  readonly interleaved?: readonly [rtp: number, rtcp: number];
}

/** `Session` (RFC 2326 12.37). */
export interface SessionHeader {
  readonly id: string;
  /** Seconds; 60 when the server names none or nonsense. */
  readonly timeout: number;
}

/** One track of `RTP-Info` (RFC 2326 12.33). What cannot be read is undefined. */
export interface RtpInfo {
  readonly url: string;
  readonly seq: number | undefined;
  readonly rtptime: number | undefined;
  /** Not in the RFC: some cameras name it only here. */
  readonly ssrc: number | undefined;
}

const DEFAULT_TIMEOUT = 60;

/** The alternatives of a `Transport` header in order of preference. */
export function parseTransports(value: string): readonly Transport[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseTransport);
}

/** `client_port`, `server_port`: a pair, or the first of one. Undefined when absent, 0 or no ports. */
export function parsePorts(value: string | undefined): readonly [rtp: number, rtcp: number] | undefined {
  const match = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(value ?? '');
  if (!match) return undefined;
  const rtp = Number(match[1]);
  const rtcp = match[2] === undefined ? rtp + 1 : Number(match[2]);
  return rtp > 0 && rtp <= 65535 && rtcp > 0 && rtcp <= 65535 ? [rtp, rtcp] : undefined;
}

export function parseSession(value: string | undefined): SessionHeader | undefined {
  const [id, ...rest] = (value ?? '').split(';').map((part) => part.trim());
  if (!id) return undefined;
  const timeout = Number(parameters(rest).get('timeout') || Number.NaN);
  return { id, timeout: timeout > 0 && timeout <= 86_400 ? timeout : DEFAULT_TIMEOUT };
}

/** Entries of `RTP-Info`; never fails. */
export function parseRtpInfo(value: string | undefined): readonly RtpInfo[] {
  if (!value) return [];
  return splitEntries(value).map((entry) => {
    const fields = parameters(entry.split(';'));
    return {
      url: unquote(fields.get('url') ?? ''),
      seq: unsigned(fields.get('seq'), 0xffff),
      rtptime: unsigned(fields.get('rtptime'), 0xffffffff),
      ssrc: hex(fields.get('ssrc')),
    };
  });
}

/** Methods of a `Public` or `Allow` header, in upper case. */
export function parseMethods(values: readonly string[]): ReadonlySet<string> {
  const words = values.flatMap((value) => value.split(/[\s,;]+/));
  return new Set(words.map((word) => word.toUpperCase()).filter((word) => word !== ''));
}

function parseTransport(text: string): Transport {
  const [protocol = '', ...rest] = text.split(';').map((part) => part.trim());
  const fields = parameters(rest);
  const interleaved = parseInterleaved(fields.get('interleaved'));
  const transport = { protocol: protocol.toUpperCase(), parameters: fields };
  return interleaved ? { ...transport, interleaved } : transport;
}

function parseInterleaved(value: string | undefined): readonly [number, number] | undefined {
  const match = /^(\d{1,3})(?:\s*-\s*(\d{1,3}))?/.exec(value ?? '');
  if (!match) return undefined;
  const rtp = Number(match[1]);
  const rtcp = match[2] === undefined ? rtp + 1 : Number(match[2]);
  return rtp <= 255 && rtcp <= 255 ? [rtp, rtcp] : undefined;
}

function parameters(parts: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name !== '' && !fields.has(name)) fields.set(name, equals < 0 ? '' : part.slice(equals + 1).trim());
  }
  return fields;
}

/** Commas separate entries, but URLs may hold commas too: an entry begins at `url=`. */
function splitEntries(value: string): string[] {
  return value
    .split(/,(?=\s*url\s*=)/i)
    .map((entry) => trimEnd(entry, ',; \t').trim())
    .filter((entry) => entry !== '');
}

function unquote(text: string): string {
  return text.replace(/^"(.*)"$/, '$1');
}

function unsigned(text: string | undefined, max: number): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

function hex(text: string | undefined): number | undefined {
  const digits = text?.replace(/\s/g, '') ?? '';
  return /^[0-9A-Fa-f]{1,8}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}
