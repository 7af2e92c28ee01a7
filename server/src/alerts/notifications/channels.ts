import { randomBytes } from 'node:crypto';
import { type ChannelKind, CreateChannel } from '@nightjar/contract/platform';
import type { Database } from '../../database/index.ts';
import { type Delivery, NeverError, type Outbox } from '../../events/outbox/index.ts';
import {
  type Clock,
  createSerial,
  DomainError,
  invalidByIssues,
  isoNow,
  type Principal,
  type Vault,
} from '../../kernel/index.ts';
import type { Channel, ChannelSettings, Notification } from './channel.ts';
import { holdsHidden, mergedSettings, placeOf, type Settings, shownSettings } from './secrets.ts';
import { type SenderTools, send } from './senders/index.ts';
import { channelStore } from './store.ts';

interface Options {
  database: Database;
  clock: Clock;
  vault: Vault;
  outbox: Outbox;
  tools: SenderTools;
}

/** A channel as it may be shown. */
export interface ChannelView {
  channel: Channel;
  shown: Settings;
}

const TOPIC = 'notification';
const TEST_MS = 20_000;
const MAX_CHANNELS = 500;
const contextOf = (id: string): string => `channel:${id}`;
const ownerOf = ({ kind, id }: Pick<Principal, 'kind' | 'id'>): string => `${kind}:${id}`;

/** Ways to reach people and programs; each is seen and changed by its owner, and by who may configure the whole. */
export class Channels {
  readonly #options: Options;
  readonly #inTurn = createSerial();

  constructor(options: Options) {
    this.#options = options;
    options.outbox.serve(TOPIC, (delivery, signal) => this.#deliver(delivery, signal));
  }

  async list(viewer: Principal): Promise<ChannelView[]> {
    const all = await channelStore.all(this.#options.database.sql);
    return all.filter((channel) => mayManage(viewer, channel)).map((channel) => this.#view(channel));
  }

  /** Throws NOT_FOUND, also for one of others. */
  async get(viewer: Principal, id: string): Promise<ChannelView> {
    const channel = await channelStore.find(this.#options.database.sql, id);
    if (!channel || !mayManage(viewer, channel)) throw notFound(id);
    return this.#view(channel);
  }

  /** `secret` is what a webhook is signed with, when it was made up. Throws INVALID_CONFIGURATION. */
  create(owner: Principal, wanted: CreateChannel): Promise<ChannelView & { secret: string | null }> {
    return this.#inTurn(async () => {
      const { database, clock } = this.#options;
      if ((await channelStore.all(database.sql)).length >= MAX_CHANNELS) {
        throw new DomainError('CONFLICT', `There are ${MAX_CHANNELS} channels already: remove one`);
      }
      const made = wanted.kind === 'webhook' && wanted.settings.secret === undefined ? newSecret() : null;
      const settings = { ...wanted.settings, ...(made === null ? {} : { secret: made }) } as Settings;
      if (holdsHidden(settings)) throw writeSecret();
      const now = isoNow(clock);
      const id = `channel-${randomBytes(5).toString('hex')}`;
      const { name, kind, enabled } = wanted;
      const sealed = this.#seal(id, settings);
      const channel = {
        id,
        name,
        kind,
        enabled,
        sealed,
        owner: ownerOf(owner),
        createdAt: now,
        updatedAt: now,
      };
      await channelStore.insert(database.sql, channel);
      return { ...this.#view(channel), secret: made };
    });
  }

  /** Throws NOT_FOUND, INVALID_CONFIGURATION. */
  update(
    viewer: Principal,
    id: string,
    patch: { name?: string; enabled?: boolean; settings?: Settings },
  ): Promise<ChannelView> {
    return this.#inTurn(async () => {
      const { settings, ...rest } = patch;
      const { channel } = await this.get(viewer, id);
      const sealed =
        settings === undefined ? channel.sealed : this.#seal(id, this.#merged(channel, settings));
      const after = { ...channel, ...rest, sealed, updatedAt: isoNow(this.#options.clock) };
      await channelStore.update(this.#options.database.sql, after);
      return this.#view(after);
    });
  }

  /** Throws NOT_FOUND. */
  remove(viewer: Principal, id: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.get(viewer, id);
      await channelStore.remove(this.#options.database.sql, id);
      await this.#options.outbox.forget({ topic: TOPIC, target: id });
    });
  }

  /** Sends a message now, without the outbox; answers with what became of it. Throws NOT_FOUND. */
  async test(viewer: Principal, id: string): Promise<{ delivered: boolean; detail: string }> {
    const { channel } = await this.get(viewer, id);
    const { clock, tools } = this.#options;
    const message: Notification = {
      id: `test-${randomBytes(5).toString('hex')}`,
      event: 'test',
      type: 'test',
      severity: 'info',
      title: 'Nightjar: test',
      body: `This is a test of the channel ${channel.name}.`,
      camera: null,
      at: isoNow(clock),
    };
    const signal = AbortSignal.timeout(TEST_MS);
    try {
      return { delivered: true, detail: await send(this.#open(channel), message, { tools, signal }) };
    } catch (error) {
      return { delivered: false, detail: error instanceof Error ? error.message : 'it was not taken' };
    }
  }

  /** Stores a notification for each of the channels that are there and enabled. */
  async notify(ids: readonly string[], notification: Notification): Promise<void> {
    const all = await channelStore.all(this.#options.database.sql);
    for (const { id, enabled } of all) {
      if (enabled && ids.includes(id)) await this.#options.outbox.add(TOPIC, id, notification);
    }
  }

  /** What was sent to a channel, newest first. Throws NOT_FOUND. */
  async deliveries(viewer: Principal, id: string, page: { limit: number; offset: number }) {
    await this.get(viewer, id);
    const { deliveries, total } = await this.#options.outbox.list({ topic: TOPIC, target: id }, page);
    return { deliveries: deliveries.map(logged), total };
  }

  /** Sends something again. Throws NOT_FOUND. */
  async replay(viewer: Principal, id: string, deliveryId: string) {
    await this.get(viewer, id);
    return logged(await this.#options.outbox.replay({ topic: TOPIC, target: id }, deliveryId));
  }

  async #deliver({ target, payload }: Delivery, signal: AbortSignal): Promise<string> {
    const channel = await channelStore.find(this.#options.database.sql, target);
    if (!channel?.enabled) throw new NeverError('the channel is gone, or is disabled');
    const notification = JSON.parse(payload) as Notification;
    return send(this.#open(channel), notification, { tools: this.#options.tools, signal });
  }

  #merged({ id, kind, sealed }: Channel, sent: Settings): Settings {
    const stored = JSON.parse(this.#options.vault.open(sealed, contextOf(id))) as Settings;
    const merged = mergedSettings(kind, sent, stored);
    const usesStored = JSON.stringify(sent).includes('***');
    if (holdsHidden(merged) || (usesStored && placeOf(merged) !== placeOf(stored))) throw writeSecret();
    return checked(kind, merged);
  }

  #open({ id, kind, sealed }: Channel): ChannelSettings {
    return { kind, settings: JSON.parse(this.#options.vault.open(sealed, contextOf(id))) } as ChannelSettings;
  }

  #seal(id: string, settings: Settings): string {
    return this.#options.vault.seal(JSON.stringify(settings), contextOf(id));
  }

  #view(channel: Channel): ChannelView {
    return { channel, shown: shownSettings(channel.kind, this.#open(channel).settings as Settings) };
  }
}

const newSecret = (): string => `nw_${randomBytes(32).toString('base64url')}`;

function checked(kind: ChannelKind, settings: Settings): Settings {
  const parsed = CreateChannel.safeParse({ name: 'x', kind, settings });
  if (!parsed.success) throw invalidByIssues(parsed.error.issues, 'settings');
  return parsed.data.settings as Settings;
}

const writeSecret = (): DomainError =>
  new DomainError('INVALID_CONFIGURATION', 'settings: write the secret itself where they have ***', {
    field: 'settings',
  });

/** A delivery with what it said. */
const logged = (delivery: Delivery) => ({
  delivery,
  title: (JSON.parse(delivery.payload) as Notification).title,
});

const mayManage = (viewer: Principal, { owner }: Pick<Channel, 'owner'>): boolean =>
  owner === ownerOf(viewer) || (viewer.reach === 'all' && viewer.scopes.includes('config:write'));

const notFound = (id: string): DomainError =>
  new DomainError('NOT_FOUND', `No notification channel with ID '${id}'`, { id });
