import type { Fingerprint } from '../certificate/index.ts';
import { FINGERPRINT_HASHES } from '../certificate/index.ts';

/** A coding that a peer says it can take: one payload type with all that is said of it. */
export interface OfferedCodec {
  readonly payloadType: number;
  /** rtpmap encoding name as written; compare case-insensitively. */
  readonly name: string;
  readonly clockRate: number;
  /** 1 when not named. */
  readonly channels: number;
  /** Parameter names in lower case. */
  readonly fmtp: ReadonlyMap<string, string>;
  /** Values of rtcp-fb, for example `nack pli`. */
  readonly feedback: readonly string[];
}

export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One media section of an offer. */
export interface OfferedMedia {
  /** `a=mid`, at most 32 characters. */
  readonly mid: string;
  /** `audio`, `video`, `application`, or what the peer invented. */
  readonly kind: string;
  readonly protocol: string;
  /** Port 0 outside of a bundle: the peer takes it back. */
  readonly rejected: boolean;
  readonly direction: MediaDirection;
  readonly codecs: readonly OfferedCodec[];
  /** Formats as written in the media line, for the answer to a section we refuse. */
  readonly formats: readonly string[];
  /** Header extension numbers by URI. */
  readonly extensions: ReadonlyMap<string, number>;
}

/** What a peer offers (RFC 3264, 8829), as far as we answer it. */
export interface Offer {
  readonly media: readonly OfferedMedia[];
  readonly fingerprints: readonly Fingerprint[];
}

/** The offer cannot be answered; `message` says why, for people. */
export class OfferError extends Error {}

/** Longest offer read, in characters: a browser's is 5 to 8 KB. */
export const MAX_OFFER = 64 * 1024;
const MAX_MEDIA = 16;
const MAX_CODECS = 128;
const DIRECTIONS: ReadonlySet<string> = new Set(['sendrecv', 'sendonly', 'recvonly', 'inactive']);

interface Section {
  kind: string;
  port: number;
  protocol: string;
  formats: string[];
  mid: string | undefined;
  direction: MediaDirection | undefined;
  bundleOnly: boolean;
  rtpmaps: Map<number, { name: string; clockRate: number; channels: number }>;
  fmtps: Map<number, Map<string, string>>;
  feedback: Map<number, string[]>;
  extensions: Map<string, number>;
  fingerprints: Fingerprint[];
  setup: string | undefined;
}

/** Reads an SDP offer of a peer that wants to receive or send media. Throws OfferError. */
export function parseOffer(text: string): Offer {
  if (text.length > MAX_OFFER) throw new OfferError(`the offer is longer than ${MAX_OFFER} characters`);
  const lines = text.split(/\r\n|\r|\n/);
  if (lines[0] !== 'v=0') throw new OfferError('the offer is not a session description');
  const session = section('', 9, '', []);
  const sections: Section[] = [];
  for (const line of lines) {
    if (line.startsWith('m=')) sections.push(mediaLine(line.slice(2)));
    else if (line.startsWith('a=')) attribute(sections.at(-1) ?? session, line.slice(2));
    if (sections.length > MAX_MEDIA) throw new OfferError(`more than ${MAX_MEDIA} media sections`);
  }
  if (sections.length === 0) throw new OfferError('the offer has no media section');
  const all = [session, ...sections];
  for (const { setup } of all) checkSetup(setup);
  const fingerprints = distinct(all.flatMap((part) => part.fingerprints));
  if (fingerprints.length === 0) throw new OfferError('the offer names no certificate fingerprint');
  const media = sections.map((part, index) => finish(part, index, session.direction));
  if (new Set(media.map(({ mid }) => mid)).size < media.length) throw new OfferError('a mid comes twice');
  return { media, fingerprints };
}

/** We only ever wait for the handshake (RFC 5763 5). */
function checkSetup(setup: string | undefined): void {
  if (setup === undefined || setup === 'actpass' || setup === 'active') return;
  throw new OfferError(`setup:${setup.slice(0, 20)}: the peer must be willing to begin the DTLS handshake`);
}

function section(kind: string, port: number, protocol: string, formats: string[]): Section {
  return {
    ...{ kind, port, protocol, formats },
    ...{ mid: undefined, direction: undefined, bundleOnly: false, setup: undefined },
    ...{ rtpmaps: new Map(), fmtps: new Map(), feedback: new Map(), extensions: new Map() },
    fingerprints: [],
  };
}

function mediaLine(value: string): Section {
  const match = /^([a-z]{1,20}) (\d{1,5})(?:\/\d+)? ([A-Za-z/]{1,40}) (.+)$/.exec(value);
  if (!match) throw new OfferError('a media line cannot be read');
  const formats = match[4]!.trim().split(/ +/);
  if (formats.length > MAX_CODECS) throw new OfferError(`more than ${MAX_CODECS} payload types`);
  // They are repeated in the answer to a section that is refused.
  if (!formats.every((format) => /^[A-Za-z0-9-]{1,32}$/.test(format)))
    throw new OfferError('a media line names formats that cannot be read');
  return section(match[1]!, Number(match[2]), match[3]!, formats);
}

/** Attributes by name; those that are not read here do not matter to an answer. */
const READERS: Readonly<Record<string, (part: Section, value: string) => void>> = {
  mid: (part, value) => {
    if (!/^[!-~]{1,32}$/.test(value)) throw new OfferError('a mid cannot be read');
    part.mid = value;
  },
  'bundle-only': (part) => {
    part.bundleOnly = true;
  },
  setup: (part, value) => {
    part.setup = value;
  },
  fingerprint: readFingerprint,
  rtpmap: readRtpmap,
  fmtp: readFmtp,
  'rtcp-fb': readFeedback,
  extmap: readExtension,
};

function attribute(part: Section, text: string): void {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  if (DIRECTIONS.has(name)) part.direction = name as MediaDirection;
  else if (Object.hasOwn(READERS, name)) READERS[name]!(part, colon < 0 ? '' : text.slice(colon + 1).trim());
}

/** Hashes that are not taken are passed over: a peer may name several (RFC 8122 5). */
function readFingerprint(part: Section, value: string): void {
  const [hash = '', digits = ''] = value.split(/ +/);
  const algorithm = FINGERPRINT_HASHES.find((known) => known === hash.toLowerCase());
  if (!algorithm) return;
  if (!/^[0-9A-F]{2}(:[0-9A-F]{2}){19,63}$/i.test(digits))
    throw new OfferError('a fingerprint cannot be read');
  if (part.fingerprints.length < 8) part.fingerprints.push({ algorithm, value: digits.toUpperCase() });
}

function readRtpmap(part: Section, value: string): void {
  const match = /^(\d{1,3}) +([^\s/]{1,40})\/(\d{1,7})(?:\/(\d{1,2}))?$/.exec(value);
  if (!match || Number(match[1]) > 127 || part.rtpmaps.size >= MAX_CODECS) return;
  const channels = Number(match[4] ?? 1) || 1;
  part.rtpmaps.set(Number(match[1]), { name: match[2]!, clockRate: Number(match[3]), channels });
}

function readFmtp(part: Section, value: string): void {
  const match = /^(\d{1,3}) +(.{1,1000})$/.exec(value);
  if (!match || part.fmtps.size >= MAX_CODECS) return;
  const fields = new Map<string, string>();
  for (const item of match[2]!.split(';')) {
    const [name = '', ...rest] = item.split('=');
    fields.set(name.trim().toLowerCase(), rest.join('=').trim());
  }
  part.fmtps.set(Number(match[1]), fields);
}

function readFeedback(part: Section, value: string): void {
  const match = /^(\d{1,3}|\*) +(.{1,100})$/.exec(value);
  if (!match || part.feedback.size >= MAX_CODECS) return;
  const type = match[1] === '*' ? ANY : Number(match[1]);
  const list = part.feedback.get(type) ?? [];
  if (list.length < 16) part.feedback.set(type, [...list, match[2]!.trim()]);
}

/** Key of feedback that holds for every payload type of its section. */
const ANY = -1;

function readExtension(part: Section, value: string): void {
  const match = /^(\d{1,5})(?:\/[a-z]+)? +(\S{1,200})/.exec(value);
  if (match && part.extensions.size < 64) part.extensions.set(match[2]!, Number(match[1]));
}

function finish(part: Section, index: number, direction: MediaDirection | undefined): OfferedMedia {
  const { kind, port, protocol, formats, extensions } = part;
  return {
    mid: part.mid ?? String(index),
    ...{ kind, protocol, formats, extensions },
    rejected: port === 0 && !part.bundleOnly,
    direction: part.direction ?? direction ?? 'sendrecv',
    codecs: formats.flatMap((format) => codecOf(part, Number(format)) ?? []),
  };
}

/** Static payload types need no rtpmap (RFC 3551 6). */
const STATIC: ReadonlyMap<number, string> = new Map([
  [0, 'PCMU'],
  [8, 'PCMA'],
  [9, 'G722'],
]);

function codecOf(part: Section, payloadType: number): OfferedCodec | undefined {
  const fixed = STATIC.get(payloadType);
  const map = part.rtpmaps.get(payloadType) ?? (fixed && { name: fixed, clockRate: 8000, channels: 1 });
  if (!map) return undefined;
  return {
    payloadType,
    ...map,
    fmtp: part.fmtps.get(payloadType) ?? new Map(),
    feedback: [...(part.feedback.get(payloadType) ?? []), ...(part.feedback.get(ANY) ?? [])],
  };
}

function distinct(fingerprints: readonly Fingerprint[]): Fingerprint[] {
  const known = new Map(fingerprints.map((one) => [`${one.algorithm} ${one.value}`, one]));
  return [...known.values()].slice(0, 8);
}
