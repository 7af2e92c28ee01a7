import type { LookupAddress } from 'node:dns';
import type { OutboundPolicy } from '@nightjar/contract/link';
import {
  addressVerdict,
  hostVerdict,
  parseSourceUrl,
  type SourceProtocol,
  type SourceUrl,
  type Surroundings,
  usualPorts,
} from '@nightjar/contract/outbound';
import { invalid } from './domain-error.ts';

/** Decides before any packet leaves whether a URL may be a camera. */
export interface CameraTargets {
  /** The URL taken apart; throws INVALID_CONFIGURATION that names `field`. */
  check(url: string, field: string, protocols?: readonly SourceProtocol[]): Promise<SourceUrl>;
}

interface Options {
  /** As it is set now. */
  policy: () => OutboundPolicy;
  surroundings: () => Surroundings;
  /** Every address of a name; what it throws means "unknown now". */
  lookup: (name: string) => Promise<LookupAddress[]>;
}

/**
 * A name that does not resolve now is let through: the engine resolves it again when it connects and
 * checks each address by the same rules.
 */
export function createCameraTargets({ policy, surroundings, lookup }: Options): CameraTargets {
  const addressesOf = async (name: string): Promise<string[]> => {
    try {
      return (await lookup(name)).map((entry) => entry.address);
    } catch {
      return [];
    }
  };
  return {
    async check(url, field, protocols) {
      const parsed = parseSourceUrl(url, protocols);
      if (!parsed.ok) throw invalid(field, parsed.message);
      const around = surroundings();
      const { source } = parsed;
      const set = policy();
      const rules = { ...set, ports: [...set.ports, ...usualPorts(source.protocol)] };
      const host = hostVerdict(source.host, source.port, rules, around);
      if (!host.allowed) throw invalid(field, host.message);
      const addresses = host.kind === 'name' ? await addressesOf(host.host) : [];
      for (const address of addresses) {
        const verdict = addressVerdict(address, rules, around);
        if (!verdict.allowed) throw invalid(field, verdict.message);
      }
      return source;
    },
  };
}
