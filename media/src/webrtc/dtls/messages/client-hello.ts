import { MalformedError } from '../../../bytes/index.ts';
import { DTLS_1_2, ECDSA_SHA256, EXTENSION, RENEGOTIATION_SCSV, SUITE } from '../constants.ts';
import { DtlsError } from '../dtls-error.ts';
import { VectorReader } from './vector-reader.ts';

/** What a ClientHello offers (RFC 5246 7.4.1.2, RFC 6347 4.2.1), lists as they came. */
export interface ClientHello {
  readonly version: number;
  readonly random: Buffer;
  readonly cookie: Buffer;
  readonly suites: readonly number[];
  readonly compressions: Buffer;
  /** undefined where the extension is absent. */
  readonly versions: readonly number[] | undefined;
  readonly groups: readonly number[] | undefined;
  readonly pointFormats: Buffer | undefined;
  readonly signatures: readonly number[] | undefined;
  readonly srtpProfiles: readonly number[] | undefined;
  readonly renegotiationInfo: Buffer | undefined;
  readonly extendedMasterSecret: boolean;
}

/** Reads a ClientHello. Throws MalformedError. */
export function readClientHello(body: Buffer): ClientHello {
  const reader = new VectorReader(body);
  const version = reader.uint(2);
  const random = reader.bytes(32);
  reader.vector(1);
  const cookie = reader.vector(1);
  const suites = reader.list16(2);
  const compressions = reader.vector(1);
  const extensions = reader.left > 0 ? readExtensions(reader.vector(2)) : new Map<number, VectorReader>();
  reader.end();
  const of = <T>(type: number, read: (value: VectorReader) => T): T | undefined => {
    const value = extensions.get(type);
    if (!value) return undefined;
    const found = read(value);
    value.end();
    return found;
  };
  return {
    version,
    random,
    cookie,
    suites,
    compressions,
    versions: of(EXTENSION.supportedVersions, (value) => value.list16(1)),
    groups: of(EXTENSION.supportedGroups, (value) => value.list16(2)),
    pointFormats: of(EXTENSION.pointFormats, (value) => value.vector(1)),
    signatures: of(EXTENSION.signatureAlgorithms, (value) => value.list16(2)),
    srtpProfiles: of(EXTENSION.useSrtp, readUseSrtp),
    renegotiationInfo: of(EXTENSION.renegotiationInfo, (value) => value.vector(1)),
    extendedMasterSecret: of(EXTENSION.extendedMasterSecret, () => true) ?? false,
  };
}

function readExtensions(b: Buffer): Map<number, VectorReader> {
  const reader = new VectorReader(b);
  const extensions = new Map<number, VectorReader>();
  while (reader.left > 0) {
    const type = reader.uint(2);
    const value = reader.vector(2);
    if (extensions.has(type))
      throw new MalformedError(`extension ${type} comes twice`, b.length - reader.left);
    extensions.set(type, new VectorReader(value));
  }
  return extensions;
}

/** Profiles, then a master key identifier that nobody uses (RFC 5764 4.1.1). */
function readUseSrtp(value: VectorReader): number[] {
  const profiles = value.list16(2);
  value.vector(1);
  return profiles;
}

/** Refuses a hello that we can make no handshake of; groups and SRTP profiles are chosen apart. */
export function checkClientHello(hello: ClientHello): void {
  // Versions count down: a larger number is an older version.
  const speaksUs = hello.versions ? hello.versions.includes(DTLS_1_2) : hello.version <= DTLS_1_2;
  if (!speaksUs) throw new DtlsError('protocol_version', 'the client does not speak DTLS 1.2');
  const lacks = (what: string): DtlsError => new DtlsError('handshake_failure', `the client lacks ${what}`);
  if (!hello.suites.includes(SUITE)) throw lacks('ECDHE-ECDSA-AES128-GCM-SHA256');
  if (!hello.compressions.includes(0))
    throw new DtlsError('illegal_parameter', 'the client insists on compression');
  if (!hello.signatures?.includes(ECDSA_SHA256)) throw lacks('ECDSA with SHA-256');
  if (hello.pointFormats && !hello.pointFormats.includes(0)) throw lacks('uncompressed points');
  if (!hello.extendedMasterSecret) throw lacks('the extended master secret');
  if (hello.renegotiationInfo && hello.renegotiationInfo.length > 0) {
    throw new DtlsError('handshake_failure', 'the client wants to renegotiate what never was');
  }
}

/** Whether the client must be told that we know of secure renegotiation (RFC 5746 3.6). */
export function asksForRenegotiationInfo(hello: ClientHello): boolean {
  return hello.renegotiationInfo !== undefined || hello.suites.includes(RENEGOTIATION_SCSV);
}
