import type { Sdp, SdpDirection, SdpMedia } from './sdp.ts';
import { clockRateOf, type RtpMap, STATIC_TYPES } from './static-types.ts';

const MAX_LINES = 4096;
const MAX_MEDIA = 64;
const DIRECTIONS: ReadonlySet<string> = new Set(['sendrecv', 'sendonly', 'recvonly', 'inactive']);

interface Section {
  kind: string;
  port: number;
  proto: string;
  payloadTypes: number[];
  rtpmaps: Map<number, RtpMap>;
  fmtps: Map<number, ReadonlyMap<string, string>>;
  control: string | undefined;
  direction: SdpDirection | undefined;
}

/**
 * Reads a session description (RFC 8866) as cameras write it: nothing is mandatory, unknown lines and
 * attributes are skipped, an fmtp or rtpmap in the wrong section finds its payload type. Never fails: text that
 * is no SDP has no media. At most 4096 lines and 64 media sections are read.
 */
export function parseSdp(text: string): Sdp {
  const session = section('', 0, '', []);
  const sections: Section[] = [];
  let sessionName = '';
  for (const raw of text.split(/[\r\n\0]+/, MAX_LINES)) {
    const match = /^([A-Za-z])\s*=\s*(.*)$/.exec(raw.trim());
    if (!match) continue;
    const value = match[2]!;
    if (match[1] === 'm' && sections.length < MAX_MEDIA) sections.push(parseMediaLine(value));
    else if (match[1] === 's') sessionName ||= value;
    else if (match[1] === 'a') readAttribute(sections.at(-1) ?? session, value);
  }
  const media = sections.map((part, index) => finish(part, index, sections, session.direction));
  return { sessionName, control: session.control, media };
}

function section(kind: string, port: number, proto: string, payloadTypes: number[]): Section {
  const maps = { rtpmaps: new Map<number, RtpMap>(), fmtps: new Map<number, ReadonlyMap<string, string>>() };
  return { kind, port, proto, payloadTypes, ...maps, control: undefined, direction: undefined };
}

/** `m=video 0 RTP/AVP 96`; port, protocol or types may be missing or nonsense. */
function parseMediaLine(value: string): Section {
  const [kind = '', ...rest] = value.split(/\s+/);
  const protoAt = rest.findIndex((word) => /[A-Za-z]/.test(word));
  const port = Number(/^\d{1,5}/.exec(rest[0] ?? '')?.[0] ?? 0);
  const types = rest.slice(protoAt < 0 ? 1 : protoAt + 1).filter((word) => /^\d{1,3}$/.test(word));
  const payloadTypes = types.map(Number).filter((type) => type < 128);
  return section(kind.toLowerCase(), port, (rest[protoAt] ?? '').toUpperCase(), payloadTypes);
}

function readAttribute(part: Section, attribute: string): void {
  const colon = attribute.indexOf(':');
  const name = (colon < 0 ? attribute : attribute.slice(0, colon)).trim().toLowerCase();
  const value = colon < 0 ? '' : attribute.slice(colon + 1).trim();
  if (name === 'control') part.control ||= value || undefined;
  else if (name === 'rtpmap') readRtpMap(part, value);
  else if (name === 'fmtp') readFmtp(part, value);
  else if (isDirection(name)) part.direction = name;
}

function isDirection(name: string): name is SdpDirection {
  return DIRECTIONS.has(name);
}

/** `96 H264/90000`, `97 MPEG4-GENERIC/16000/2`; rate and channels may be missing or 0. */
function readRtpMap(part: Section, value: string): void {
  const match = /^(\d{1,3})\s+([^\s/]+)\s*(?:\/\s*(\d{1,7})?)?\s*(?:\/\s*(\d{1,3}))?/.exec(value);
  if (!match) return;
  const encodingName = match[2]!;
  const clockRate = clockRateOf(part.kind, encodingName, Number(match[3] ?? 0));
  const channels = Number(match[4] ?? 1) || 1;
  const type = Number(match[1]);
  if (!part.rtpmaps.has(type)) part.rtpmaps.set(type, { encodingName, clockRate, channels });
}

/** `96 packetization-mode=1; sprop-parameter-sets=…`; the payload type may be missing, the list empty. */
function readFmtp(part: Section, value: string): void {
  const typed = /^(\d{1,3})(?:\s+(.*))?$/.exec(value);
  const type = typed ? Number(typed[1]) : part.payloadTypes[0];
  const list = typed ? (typed[2] ?? '') : value;
  if (type === undefined) return;
  const fields = new Map(part.fmtps.get(type));
  for (const item of list.split(';')) {
    const equals = item.indexOf('=');
    const name = (equals < 0 ? item : item.slice(0, equals)).trim().toLowerCase();
    if (name !== '' && !fields.has(name)) fields.set(name, equals < 0 ? '' : item.slice(equals + 1).trim());
  }
  part.fmtps.set(type, fields);
}

function finish(
  part: Section,
  index: number,
  all: readonly Section[],
  direction: SdpDirection | undefined,
): SdpMedia {
  const type = part.payloadTypes[0];
  const map = find(part, all, type, (one) => one.rtpmaps) ?? transportStream(part) ?? staticType(type);
  const { kind, port, proto, payloadTypes, control } = part;
  return {
    index,
    kind,
    port,
    proto,
    payloadTypes,
    payloadType: type,
    encodingName: map?.encodingName ?? '',
    clockRate: map?.clockRate ?? (kind === 'video' ? 90000 : 0),
    channels: map?.channels ?? 1,
    fmtp: find(part, all, type, (one) => one.fmtps) ?? new Map(),
    control,
    direction: part.direction ?? direction ?? 'sendrecv',
  };
}

/**
 * The entry for a payload type: in its own section, else in a section that does not list the type itself, else
 * the only entry of its own section when no section claims that one.
 */
function find<T>(
  part: Section,
  all: readonly Section[],
  type: number | undefined,
  pick: (one: Section) => ReadonlyMap<number, T>,
): T | undefined {
  const own = pick(part);
  if (type !== undefined) {
    const direct = own.get(type);
    if (direct !== undefined) return direct;
    const astray = all.find((one) => pick(one).has(type) && !one.payloadTypes.includes(type));
    if (astray) return pick(astray).get(type);
    if (type < 96) return undefined;
  }
  const [only, ...more] = own;
  const claimed = only && all.some((one) => one.payloadTypes.includes(only[0]));
  return only && more.length === 0 && !claimed ? only[1] : undefined;
}

function transportStream(part: Section): RtpMap | undefined {
  return part.proto.startsWith('MP2T') ? STATIC_TYPES.get(33) : undefined;
}

function staticType(type: number | undefined): RtpMap | undefined {
  return type === undefined ? undefined : STATIC_TYPES.get(type);
}
