import type { OutboundPolicy } from '../link/index.ts';
import { contains, type IpBlock, parseCidr, parseIp, unwrap } from './ip.ts';
import { portAllowed } from './ports.ts';
import { type AddressKind, rangeOf } from './ranges.ts';

/** Why a target is refused; `message` beside it is for people and repeats nothing of the URL. */
export type Denial = { allowed: false; reason: DenialReason; message: string };
export type DenialReason = AddressKind | 'denied' | 'own' | 'port' | 'host';

/** `address` is canonical: connect to exactly it, never to the name again. */
export type AddressVerdict = { allowed: true; address: string } | Denial;
export type HostVerdict = { allowed: true; kind: 'address' | 'name'; host: string } | Denial;

/** What this machine itself is, as CIDR or addresses: refused unless listed. */
export interface Surroundings {
  own: readonly string[];
}

const PLACES: Record<AddressKind, string> = {
  private: 'a private address',
  public: 'a public address; list it in network.allow to reach it',
  shared: 'a carrier-shared address; list it in network.allow to reach it',
  loopback: 'a loopback address',
  unspecified: 'an unspecified address',
  link_local: 'a link-local address',
  multicast: 'a multicast address',
  broadcast: 'a broadcast address',
  metadata: "a cloud's metadata address",
  reserved: 'a reserved address',
};

const refuse = (reason: DenialReason, message: string): Denial => ({ allowed: false, reason, message });

function blocks(entries: readonly string[]): IpBlock[] {
  return entries.map(parseCidr).filter((block) => block !== undefined);
}

/** What the lists say of an address, and what kind of address it is. */
function weigh(ip: string, policy: OutboundPolicy, around?: Surroundings) {
  const literal = parseIp(ip);
  if (!literal) return refuse('host', 'not an IP address in its canonical form');
  const target = unwrap(literal);
  const hit = (entries: readonly string[], block: IpBlock): boolean =>
    blocks(entries).some((entry) => contains(entry, block));
  if (hit(policy.deny, target) || hit(policy.deny, literal)) {
    return refuse('denied', 'the address is in network.deny');
  }
  const range = rangeOf(target);
  const open = range.kind === 'public' || range.kind === 'shared';
  const listed = blocks(policy.allow).some(
    (entry) => contains(entry, target) && (open || contains(range.block, entry)),
  );
  return { kind: range.kind, listed, own: around !== undefined && hit(around.own, target) };
}

const OWN = refuse('own', 'the address belongs to this machine');

/**
 * Whether a socket may be opened to an IP address (what DNS gave, or a literal). Deny wins; an entry of
 * `allow` opens a special range (loopback, link-local, ...) only when it lies inside that range, so that
 * `0.0.0.0/0` means the public Internet and not this machine.
 */
export function addressVerdict(ip: string, policy: OutboundPolicy, around?: Surroundings): AddressVerdict {
  const found = weigh(ip, policy, around);
  if ('allowed' in found) return found;
  if (found.listed) return { allowed: true, address: ip };
  if (found.own) return OWN;
  if (found.kind === 'private') return { allowed: true, address: ip };
  return refuse(found.kind, `the target is ${PLACES[found.kind]}`);
}

/**
 * The same for services that are no cameras, such as object stores: public addresses, and those only by TLS,
 * unless `allow` lists them.
 */
export function serviceVerdict(
  ip: string,
  secure: boolean,
  policy: OutboundPolicy,
  around?: Surroundings,
): AddressVerdict {
  const found = weigh(ip, policy, around);
  if ('allowed' in found) return found;
  if (found.listed) return { allowed: true, address: ip };
  if (found.own) return OWN;
  if (found.kind !== 'public') {
    return refuse(found.kind, `the target is not a public address; list it in network.allow to reach it`);
  }
  if (secure) return { allowed: true, address: ip };
  return refuse('public', 'without TLS only addresses in network.allow are reached');
}

const NAME = /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** Last labels that a resolver may read as a number (inet_aton: `127.1`, `0x7f.1`, `2130706433`). */
const NUMERIC_TAIL = /(^|\.)(0x[0-9a-f]*|\d+)$/;

/**
 * Whether `host:port` may be a camera before any name is resolved. `host` is as written in the URL, IPv6
 * with or without brackets. A name that passes must still be resolved and each address checked. `judge`: what
 * decides over addresses, where it is no camera.
 */
export function hostVerdict(
  host: string,
  port: number,
  policy: OutboundPolicy,
  around?: Surroundings,
  judge: (ip: string) => AddressVerdict = (ip) => addressVerdict(ip, policy, around),
): HostVerdict {
  if (!portAllowed(port, policy.ports)) {
    return refuse('port', `port ${port} is not one that cameras use; see network.ports`);
  }
  const bracketed = /^\[(.*)\]$/.exec(host);
  const literal = bracketed?.[1] ?? host;
  if (parseIp(literal)) {
    const verdict = judge(literal);
    return verdict.allowed ? { allowed: true, kind: 'address', host: literal } : verdict;
  }
  const name = host.toLowerCase();
  if (bracketed || !NAME.test(name) || NUMERIC_TAIL.test(name)) {
    return refuse('host', 'the host must be a DNS name or an IP address in its canonical form');
  }
  if (name === 'localhost' || name.endsWith('.localhost')) {
    // Either may be what the name means here, and every address of a name must be allowed.
    for (const loopback of ['127.0.0.1', '::1']) {
      const verdict = judge(loopback);
      if (!verdict.allowed) return verdict;
    }
  }
  return { allowed: true, kind: 'name', host: name };
}
