import { lookup as resolve } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { serviceVerdict } from '@nightjar/contract/outbound';
import type { BucketSpec } from '../place.ts';
import { MoveError } from './messages.ts';

type Guard = Pick<BucketSpec, 'endpoint' | 'outbound' | 'own'>;

function judge(address: string, { endpoint, outbound, own }: Guard): void {
  const secure = endpoint.startsWith('https:');
  const verdict = serviceVerdict(address, secure, outbound, { own });
  if (!verdict.allowed) throw new MoveError('store', `the store may not be reached: ${verdict.message}`);
}

/** Every address of a name must be allowed; the connection goes to one that was looked at. */
function guardedLookup(guard: Guard): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { all: true }).then(
      (found) => {
        try {
          for (const { address } of found) judge(address, guard);
        } catch (error) {
          done(error as Error, '', 0);
          return;
        }
        const first = found[0];
        if (options.all) done(null, found);
        else if (first) done(null, first.address, first.family);
      },
      (error: unknown) => done(error as Error, '', 0),
    );
  };
}

/** Agents that open sockets by the outbound policy alone. Throws MoveError for an address that is denied. */
export function guardedAgents(guard: Guard): { httpAgent: http.Agent; httpsAgent: https.Agent } {
  const { hostname } = new URL(guard.endpoint);
  const literal = hostname.replace(/^\[|\]$/g, '');
  // No lookup is made for it.
  if (isIP(literal)) judge(literal, guard);
  const options = { keepAlive: true, maxSockets: 4, lookup: guardedLookup(guard) };
  return { httpAgent: new http.Agent(options), httpsAgent: new https.Agent(options) };
}
