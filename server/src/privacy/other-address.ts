import type { LookupAddress } from 'node:dns';
import { parseSourceUrl } from '@nightjar/contract/outbound';
import { type App, DomainError, type Principal, seesUnblurred } from '../kernel/index.ts';
import type { Streams } from '../streams/index.ts';

interface Options {
  streams: Pick<Streams, 'list' | 'sourceOf'>;
  /** Every address of a name; what it throws means "unknown now". */
  lookup: (name: string) => Promise<LookupAddress[]>;
}

/** Throws FORBIDDEN when an address is one at a camera whose original the caller may not see. */
export type OtherAddress = (principal: Principal | undefined, url: string) => Promise<void>;

const hostOf = (url: string): string | undefined => {
  const parsed = parseSourceUrl(url);
  return parsed.ok ? parsed.source.host.toLowerCase() : undefined;
};

/**
 * Another path, port or name of a camera shows the same place as the private stream of it: who is given that stream
 * covered alone is given nothing else from there.
 */
export function otherAddress({ streams, lookup }: Options): OtherAddress {
  const namesOf = async (host: string): Promise<string[]> => {
    const found = await lookup(host).catch(() => []);
    return [host, ...found.map(({ address }) => address)];
  };
  return async (principal, url) => {
    const host = hostOf(url);
    if (host === undefined) return;
    const all = await streams.list();
    const hidden = all.filter(({ stream }) => stream.privacy.enabled && !seesUnblurred(principal, stream.id));
    if (hidden.length === 0) return;
    const meant = new Set(await namesOf(host));
    for (const { stream } of hidden) {
      const its = hostOf(streams.sourceOf(stream).url);
      if (its === undefined || !(await namesOf(its)).some((name) => meant.has(name))) continue;
      throw new DomainError('FORBIDDEN', undefined, { scope: 'streams:unblurred' });
    }
  };
}

/** Holds every request that names a camera's address to it, whatever the surface; for routes declared after it. */
export function keepAddresses(app: App, mustSee: OtherAddress): void {
  app.addHook('preHandler', async ({ principal, body }) => {
    const url = (body as { source_url?: unknown } | null | undefined)?.source_url;
    if (typeof url === 'string') await mustSee(principal, url);
  });
}
