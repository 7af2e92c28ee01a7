import { randomBytes } from 'node:crypto';
import type { PartnerEvent, PartnerEventType } from '@nightjar/contract/partner';
import type { Database } from '../../database/index.ts';
import {
  type Clock,
  createSerial,
  DomainError,
  isoNow,
  type Log,
  type Principal,
  type ServiceHttp,
  type ServiceTargets,
  type Vault,
} from '../../kernel/index.ts';
import { accepted, type Delivery, NeverError, type Outbox, plainUrl, postSigned } from '../outbox/index.ts';
import { webhookStore } from './store.ts';
import { mayHear, type News, type Webhook } from './webhook.ts';

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
  vault: Vault;
  outbox: Outbox;
  http: ServiceHttp;
  targets: ServiceTargets;
  /** The principal of `kind:id` as they stand now; undefined when they may not come in. */
  standing: (owner: string) => Promise<Principal | undefined>;
}

/** What may be said of a webhook. */
interface Wanted {
  url: string;
  events: readonly PartnerEventType[];
  description: string;
  enabled: boolean;
}

const TOPIC = 'webhook';
const TEST_MS = 20_000;
const MOST = 16;
/** What may wait for one webhook; what comes then is not told. */
const MOST_WAITING = 1_000;
/** As it is written. */
const HOST = /^https?:\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^:/?#]*)/i;
/** The other side will never take anything again (RFC 9110 15.5.11). */
const GONE = 410;

const contextOf = (id: string): string => `webhook:${id}`;
const ownerOf = ({ kind, id }: Pick<Principal, 'kind' | 'id'>): string => `${kind}:${id}`;
const newSecret = (): string => `nw_${randomBytes(32).toString('base64url')}`;

/** Addresses of partners that are called with what becomes of their own things, and of the streams they may see. */
export class Webhooks {
  readonly #options: Options;
  readonly #inTurn = createSerial();
  readonly #telling = createSerial();

  constructor(options: Options) {
    this.#options = options;
    options.outbox.serve(TOPIC, (delivery, signal) => this.#deliver(delivery, signal));
  }

  /** One's own, and with `config:write` everybody's; oldest first. */
  async list(viewer: Principal): Promise<Webhook[]> {
    const all = await webhookStore.all(this.#options.database.sql);
    return all.filter((webhook) => mayManage(viewer, webhook));
  }

  /** Throws NOT_FOUND, also for one of others. */
  async get(viewer: Principal, id: string): Promise<Webhook> {
    const webhook = await webhookStore.find(this.#options.database.sql, id);
    if (!webhook || !mayManage(viewer, webhook)) throw notFound(id);
    return webhook;
  }

  /** `secret` is told this once. Throws INVALID_CONFIGURATION, CONFLICT. */
  create(owner: Principal, { url, ...about }: Wanted): Promise<{ webhook: Webhook; secret: string }> {
    return this.#inTurn(async () => {
      const { database, clock } = this.#options;
      const own = (await webhookStore.all(database.sql)).filter((each) => each.owner === ownerOf(owner));
      if (own.length >= MOST)
        throw new DomainError('CONFLICT', `There are ${MOST} webhooks of yours already`);
      await this.#mustReach(url);
      const id = `wh-${randomBytes(8).toString('hex')}`;
      const secret = newSecret();
      const at = isoNow(clock);
      const webhook: Webhook = {
        ...{ id, owner: ownerOf(owner), urlShown: plainUrl(url), sealed: this.#seal(id, { url, secret }) },
        ...{ ...about, disabledReason: null, createdAt: at, updatedAt: at },
      };
      await webhookStore.insert(database.sql, webhook);
      return { webhook, secret };
    });
  }

  /** Throws NOT_FOUND, INVALID_CONFIGURATION. */
  update(viewer: Principal, id: string, patch: Partial<Wanted>): Promise<Webhook> {
    const { url, ...about } = patch;
    return this.#change(viewer, id, async (webhook) => {
      if (url !== undefined) await this.#mustReach(url);
      const { secret } = this.#open(webhook);
      const address =
        url === undefined ? {} : { urlShown: plainUrl(url), sealed: this.#seal(id, { url, secret }) };
      return { ...webhook, ...about, ...address, ...(about.enabled ? { disabledReason: null } : {}) };
    });
  }

  /** A new secret, told this once; the old one signs nothing more. Throws NOT_FOUND. */
  async rotate(viewer: Principal, id: string): Promise<{ webhook: Webhook; secret: string }> {
    const secret = newSecret();
    const webhook = await this.#change(viewer, id, async (before) => {
      const { url } = this.#open(before);
      return { ...before, sealed: this.#seal(id, { url, secret }) };
    });
    return { webhook, secret };
  }

  /** With all that was sent to it. Throws NOT_FOUND. */
  remove(viewer: Principal, id: string): Promise<void> {
    return this.#inTurn(async () => this.#forget(await this.get(viewer, id)));
  }

  /** Those of a principal that is gone go too. */
  removeOf(owner: Pick<Principal, 'kind' | 'id'>): Promise<void> {
    return this.#inTurn(async () => {
      const all = await webhookStore.all(this.#options.database.sql);
      for (const webhook of all) if (webhook.owner === ownerOf(owner)) await this.#forget(webhook);
    });
  }

  /** Calls it now, without the outbox; answers with what became of it. Throws NOT_FOUND. */
  async test(viewer: Principal, id: string): Promise<{ delivered: boolean; detail: string }> {
    const webhook = await this.get(viewer, id);
    const event = { type: 'webhook.test', ...this.#stamp() } as const;
    try {
      const detail = accepted(await this.#call(webhook, event, AbortSignal.timeout(TEST_MS)));
      return { delivered: true, detail };
    } catch (error) {
      return { delivered: false, detail: error instanceof Error ? error.message : 'it was not taken' };
    }
  }

  /** What was sent to it, newest first. Throws NOT_FOUND. */
  async deliveries(
    viewer: Principal,
    id: string,
    { state, ...page }: { state?: Delivery['state'] | undefined; limit: number; offset: number },
  ): Promise<{ deliveries: Delivery[]; total: number }> {
    await this.get(viewer, id);
    return this.#options.outbox.list({ topic: TOPIC, target: id, state }, page);
  }

  /** Sends something again, whatever became of it. Throws NOT_FOUND. */
  async replay(viewer: Principal, id: string, deliveryId: string): Promise<Delivery> {
    await this.get(viewer, id);
    return this.#options.outbox.replay({ topic: TOPIC, target: id }, deliveryId);
  }

  /** Stores what `look` finds for each webhook it is for; one after the other, in the order of the calls. */
  tell(look: () => Promise<News | undefined>): void {
    this.#telling(async () => {
      const news = await look();
      if (news) await this.#store(news);
    }).catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'webhooks could not be told');
    });
  }

  /** Nobody is told any more of a stream that is gone, nor of what it had. */
  streamRemoved(streamId: string): void {
    this.tell(async () => {
      await this.#options.outbox.forgetAbout(TOPIC, `"stream_id":${JSON.stringify(streamId)}`);
      return undefined;
    });
  }

  /** Settles when everything that was told is stored. */
  close(): Promise<void> {
    return this.#telling(async () => undefined);
  }

  async #store({ owner, event }: News): Promise<void> {
    const { database, outbox, standing, log } = this.#options;
    const all = (await webhookStore.all(database.sql)).filter(
      (each) => each.enabled && each.events.includes(event.type) && (owner === null || owner === each.owner),
    );
    for (const { id, owner: hearer } of all) {
      if (!mayHear(await standing(hearer), event)) continue;
      if ((await outbox.waiting({ topic: TOPIC, target: id })) >= MOST_WAITING) {
        log.warn({ webhook: id, type: event.type }, 'too much waits for a webhook: it is not told');
        continue;
      }
      await outbox.add(TOPIC, id, { ...event, ...this.#stamp() });
    }
  }

  /** Rights are looked at again: they may have gone while it waited. */
  async #deliver({ target, payload }: Delivery, signal: AbortSignal): Promise<string> {
    const webhook = await webhookStore.find(this.#options.database.sql, target);
    if (!webhook?.enabled) throw new NeverError('the webhook is gone, or is disabled');
    const event = JSON.parse(payload) as PartnerEvent;
    if (!mayHear(await this.#options.standing(webhook.owner), event))
      throw new NeverError('its owner may not hear of it any more');
    const answer = await this.#call(webhook, event, signal);
    if (answer.status === GONE) await this.#disable(webhook, `the other side answered ${GONE}`);
    return accepted(answer);
  }

  #call(webhook: Webhook, event: PartnerEvent, signal: AbortSignal) {
    const body = JSON.stringify(event);
    return postSigned({ ...this.#open(webhook), body, event: event.type }, this.#options, signal);
  }

  #disable({ id }: Webhook, disabledReason: string): Promise<void> {
    return this.#inTurn(async () => {
      const { database, clock } = this.#options;
      const now = await webhookStore.find(database.sql, id);
      if (!now) return;
      const after = { ...now, enabled: false, disabledReason, updatedAt: isoNow(clock) };
      await webhookStore.update(database.sql, after);
    });
  }

  #change(viewer: Principal, id: string, by: (before: Webhook) => Promise<Webhook>): Promise<Webhook> {
    return this.#inTurn(async () => {
      const { database, clock } = this.#options;
      const after = { ...(await by(await this.get(viewer, id))), updatedAt: isoNow(clock) };
      await webhookStore.update(database.sql, after);
      return after;
    });
  }

  async #forget({ id }: Webhook): Promise<void> {
    await webhookStore.remove(this.#options.database.sql, id);
    await this.#options.outbox.forget({ topic: TOPIC, target: id });
  }

  /** Throws INVALID_CONFIGURATION for what will never be called; a name that does not resolve now may later. */
  async #mustReach(url: string): Promise<void> {
    const { hostname, protocol } = new URL(url);
    // A URL reads `127.1` and `0x7f.1` as addresses and writes them out in full.
    if (HOST.exec(url)?.[1]?.toLowerCase() !== hostname)
      throw refusedUrl('the host must be a DNS name or an IP address in its canonical form');
    try {
      await this.#options.targets.resolve(hostname, protocol === 'https:');
    } catch (error) {
      if ((error as { reason?: unknown }).reason === 'denied') throw refusedUrl((error as Error).message);
    }
  }

  #stamp(): { id: string; created_at: string } {
    return { id: `event-${randomBytes(8).toString('hex')}`, created_at: isoNow(this.#options.clock) };
  }

  #open({ id, sealed }: Webhook): { url: string; secret: string } {
    return JSON.parse(this.#options.vault.open(sealed, contextOf(id)));
  }

  #seal(id: string, about: { url: string; secret: string }): string {
    return this.#options.vault.seal(JSON.stringify(about), contextOf(id));
  }
}

const refusedUrl = (message: string): DomainError =>
  new DomainError('INVALID_CONFIGURATION', `url: ${message}`, {
    ...{ field: 'url', issues: [{ field: 'url', message }] },
  });

const mayManage = (viewer: Principal, { owner }: Pick<Webhook, 'owner'>): boolean =>
  owner === ownerOf(viewer) || (viewer.reach === 'all' && viewer.scopes.includes('config:write'));

const notFound = (id: string): DomainError =>
  new DomainError('NOT_FOUND', `Webhook '${id}' not found`, { webhook_id: id });
