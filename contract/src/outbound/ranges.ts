import { contains, type IpBlock, parseCidr } from './ip.ts';

/** What kind of address it is; `private` ones are where cameras live. */
export type AddressKind =
  | 'private'
  | 'public'
  | 'shared'
  | 'loopback'
  | 'unspecified'
  | 'link_local'
  | 'multicast'
  | 'broadcast'
  | 'metadata'
  | 'reserved';

/** Most specific first. IANA special-purpose registries (RFC 6890) and clouds' metadata addresses. */
const TABLE: readonly (readonly [string, AddressKind])[] = [
  ['255.255.255.255/32', 'broadcast'],
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['172.16.0.0/12', 'private'],
  ['192.168.0.0/16', 'private'],
  ['100.64.0.0/10', 'shared'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link_local'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.2.0/24', 'reserved'],
  ['192.88.99.0/24', 'reserved'],
  ['198.18.0.0/15', 'reserved'],
  ['198.51.100.0/24', 'reserved'],
  ['203.0.113.0/24', 'reserved'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['0.0.0.0/0', 'public'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['fd00:ec2::/32', 'metadata'],
  ['fd20:ce::/32', 'metadata'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link_local'],
  ['ff00::/8', 'multicast'],
  // Teredo hides an IPv4 address that no list could check (RFC 4380).
  ['2001::/23', 'reserved'],
  ['2001:db8::/32', 'reserved'],
  ['2000::/3', 'public'],
  ['::/0', 'reserved'],
];

interface Range {
  block: IpBlock;
  kind: AddressKind;
}

const RANGES: readonly Range[] = TABLE.map(([text, kind]) => {
  const block = parseCidr(text);
  if (!block) throw new Error(`bad range ${text}`);
  return { block, kind };
});

/** The range an unwrapped address lies in. */
export function rangeOf(ip: IpBlock): Range {
  const found = RANGES.find((range) => contains(range.block, ip));
  if (!found) throw new Error('the last ranges hold every address');
  return found;
}
