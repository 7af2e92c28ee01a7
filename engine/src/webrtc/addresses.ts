import type { NetworkInterfaceInfo } from 'node:os';

/** Addresses told to a peer at most: each costs it checks. */
const MOST = 12;
/** Addresses of the machine that get a socket each. */
const MOST_OWN = 64;

export interface ReachableOptions {
  /** What the ports are bound to; '' for every address. */
  readonly host: string;
  /** Set by whoever runs the machine, behind NAT or in a container: then nothing else is told. */
  readonly announced: readonly string[];
  /** The peer is on this machine. */
  readonly local: boolean;
  readonly interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>;
}

/**
 * Addresses at which a peer may reach us, best first: what was announced, else the one we are bound to, else those
 * of the interfaces, IPv4 before IPv6. Loopback is told to peers on this machine alone, and where there is
 * nothing else. Link-local addresses are no use without a zone.
 */
export function reachableAddresses({ host, announced, local, interfaces }: ReachableOptions): string[] {
  if (announced.length > 0) return [...announced].slice(0, MOST);
  if (host !== '' && host !== '0.0.0.0' && host !== '::') return [host];
  const all = Object.values(interfaces).flatMap((list) => list ?? []);
  const usable = all.filter(({ address, internal }) => !internal && !isLinkLocal(address));
  const outer = [
    ...usable.filter(({ family }) => family === 'IPv4'),
    ...usable.filter(({ family }) => family === 'IPv6'),
  ].map(({ address }) => address);
  const loopback = local || outer.length === 0 ? all.filter(isLoopback).map(({ address }) => address) : [];
  return [...new Set([...loopback, ...outer])].slice(0, MOST);
}

/** Every address of the machine that somebody can be told of. */
export function ownAddresses(interfaces: ReachableOptions['interfaces']): string[] {
  const all = Object.values(interfaces).flatMap((list) => list ?? []);
  return all
    .map(({ address }) => address)
    .filter((address) => !isLinkLocal(address))
    .slice(0, MOST_OWN);
}

const isLinkLocal = (address: string): boolean => /^(fe80:|169\.254\.)/i.test(address);

function isLoopback({ address, internal }: NetworkInterfaceInfo): boolean {
  return internal && (address === '127.0.0.1' || address === '::1');
}

/** Whether who has this address is on this machine. */
export function isLocal(address: string): boolean {
  return /^(127\.|::1$|::ffff:127\.)/.test(address);
}
