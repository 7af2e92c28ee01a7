import { randomBytes } from 'node:crypto';
import { CreateAlertRule } from '@nightjar/contract/platform';
import type { Database } from '../database/index.ts';
import {
  type Clock,
  createSerial,
  DomainError,
  invalid,
  invalidByIssues,
  isoNow,
  type Principal,
} from '../kernel/index.ts';
import type { AlertRule } from './rule.ts';
import { ruleStore } from './store.ts';

interface Options {
  database: Database;
  clock: Clock;
  /** Throws NOT_FOUND for a channel that is not the principal's. */
  channel: (viewer: Principal, id: string) => Promise<unknown>;
}

const MAX_RULES = 500;
const ownerOf = ({ kind, id }: Pick<Principal, 'kind' | 'id'>): string => `${kind}:${id}`;

/** What people want to be told of; each rule is seen and changed by its owner, and by who may configure the whole. */
export class AlertRules {
  readonly #options: Options;
  readonly #inTurn = createSerial();

  constructor(options: Options) {
    this.#options = options;
  }

  async list(viewer: Principal): Promise<AlertRule[]> {
    return (await this.all()).filter((rule) => mayManage(viewer, rule));
  }

  all(): Promise<AlertRule[]> {
    return ruleStore.all(this.#options.database.sql);
  }

  /** Throws NOT_FOUND, also for one of others. */
  async get(viewer: Principal, id: string): Promise<AlertRule> {
    const rule = await ruleStore.find(this.#options.database.sql, id);
    if (!rule || !mayManage(viewer, rule)) throw notFound(id);
    return rule;
  }

  /** Throws INVALID_CONFIGURATION for channels that are not the principal's, CONFLICT. */
  create(owner: Principal, settings: CreateAlertRule): Promise<AlertRule> {
    return this.#inTurn(async () => {
      const { database, clock } = this.#options;
      await this.#mustReach(owner, settings);
      if ((await this.all()).length >= MAX_RULES) {
        throw new DomainError('CONFLICT', `There are ${MAX_RULES} rules already: remove one`);
      }
      const now = isoNow(clock);
      const id = `rule-${randomBytes(5).toString('hex')}`;
      const rule = { id, owner: ownerOf(owner), settings, createdAt: now, updatedAt: now };
      await ruleStore.insert(database.sql, rule);
      return rule;
    });
  }

  /** What is absent stays; the kind always does. Throws NOT_FOUND, INVALID_CONFIGURATION. */
  update(viewer: Principal, id: string, patch: Readonly<Record<string, unknown>>): Promise<AlertRule> {
    return this.#inTurn(async () => {
      const before = await this.get(viewer, id);
      const { kind } = before.settings;
      const parsed = CreateAlertRule.safeParse({ ...before.settings, ...patch, kind: patch['kind'] ?? kind });
      if (!parsed.success) throw invalidByIssues(parsed.error.issues, 'body');
      if (parsed.data.kind !== kind) throw invalid('kind', 'a rule keeps its kind');
      await this.#mustReach(viewer, parsed.data);
      const rule = { ...before, settings: parsed.data, updatedAt: isoNow(this.#options.clock) };
      await ruleStore.update(this.#options.database.sql, rule);
      return rule;
    });
  }

  /** Throws NOT_FOUND. */
  remove(viewer: Principal, id: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.get(viewer, id);
      await ruleStore.remove(this.#options.database.sql, id);
    });
  }

  async #mustReach(viewer: Principal, { channel_ids, escalation }: CreateAlertRule): Promise<void> {
    const ids = [...channel_ids, ...escalation.flatMap((step) => step.channel_ids)];
    for (const id of new Set(ids)) {
      await this.#options.channel(viewer, id).catch(() => {
        throw invalid('channel_ids', `there is no channel ${id}`);
      });
    }
  }
}

const mayManage = (viewer: Principal, { owner }: AlertRule): boolean =>
  owner === ownerOf(viewer) || (viewer.reach === 'all' && viewer.scopes.includes('config:write'));

const notFound = (id: string): DomainError =>
  new DomainError('NOT_FOUND', `No alert rule with ID '${id}'`, { id });
