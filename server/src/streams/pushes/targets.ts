import type { LookupAddress } from 'node:dns';
import type { OutboundPolicy } from '@nightjar/contract/link';
import {
  hostVerdict,
  parseSourceUrl,
  type SourceUrl,
  type Surroundings,
  serviceVerdict,
  usualPorts,
} from '@nightjar/contract/outbound';
import { invalid } from '../../kernel/index.ts';

export interface PushTargetOptions {
  /** As it is set now. */
  policy: () => OutboundPolicy;
  surroundings: () => Surroundings;
  /** Every address of a name; what it throws means "unknown now". */
  lookup: (name: string) => Promise<LookupAddress[]>;
}

const PROTOCOLS = ['rtmp', 'rtmps', 'rtsp', 'rtsps'] as const;

/**
 * Takes the address of a server outside apart, and throws INVALID_CONFIGURATION where nothing may be sent to: public
 * ones are reached inside TLS, others when the policy lists them. A name that does not resolve now is let through: the
 * engine asks again when it connects.
 */
export async function checkPushTarget(
  url: string,
  field: string,
  { policy, surroundings, lookup }: PushTargetOptions,
): Promise<SourceUrl> {
  const parsed = parseSourceUrl(url, PROTOCOLS);
  if (!parsed.ok) throw invalid(field, parsed.message);
  const { source } = parsed;
  const [rules, around] = [policy(), surroundings()];
  const judge = (ip: string) => serviceVerdict(ip, source.protocol.endsWith('s'), rules, around);
  const open = { ...rules, ports: [...rules.ports, ...usualPorts(source.protocol)] };
  const host = hostVerdict(source.host, source.port, open, around, judge);
  if (!host.allowed) throw invalid(field, host.message);
  const found = host.kind === 'name' ? await lookup(host.host).catch(() => []) : [];
  for (const { address } of found) {
    const verdict = judge(address);
    if (!verdict.allowed) throw invalid(field, verdict.message);
  }
  return source;
}
