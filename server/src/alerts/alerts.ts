import { randomBytes } from 'node:crypto';
import type { Database } from '../database/index.ts';
import { type Clock, DomainError, isoNow, type Log } from '../kernel/index.ts';
import type { Notification } from './notifications/index.ts';
import { isQuiet } from './quiet-hours.ts';
import type { Alert, AlertRule, Condition } from './rule.ts';
import { alertStore } from './store.ts';

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
  /** Stores a notification for each of the channels. */
  notify: (channelIds: readonly string[], notification: Notification) => Promise<void>;
  /** Something happened that others want to hear of. */
  happened: (happening: AlertHappening) => void;
}

/** An alert began or is over. */
export interface AlertHappening {
  what: 'opened' | 'resolved' | 'acknowledged';
  alert_id: string;
  /** null: of the installation. */
  camera_id: string | null;
}

const KEPT_MS = 90 * 86_400_000;
const NEWEST = 5_000;

/** Alerts: opened, told of, escalated, acknowledged and resolved. */
export class Alerts {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Newest first, 5,000 at most. */
  list(): Promise<Alert[]> {
    return alertStore.newest(this.#options.database.sql, NEWEST);
  }

  active(): Promise<Alert[]> {
    return alertStore.active(this.#options.database.sql);
  }

  /** Throws NOT_FOUND. */
  async get(id: string): Promise<Alert> {
    const alert = await alertStore.find(this.#options.database.sql, id);
    if (!alert) throw new DomainError('NOT_FOUND', `No alert with ID '${id}'`, { id });
    return alert;
  }

  /** Somebody has taken it on: it is not escalated any more. Throws NOT_FOUND. */
  async acknowledge(id: string, by: string): Promise<Alert> {
    const alert = await this.get(id);
    if (alert.acknowledgedAt !== null) return alert;
    const after = { ...alert, acknowledgedAt: isoNow(this.#options.clock), acknowledgedBy: by };
    await alertStore.update(this.#options.database.sql, after);
    this.#tell('acknowledged', after);
    return after;
  }

  /** Begins an alert; who is to be told is told by `attend`. */
  async open(rule: AlertRule, condition: Condition): Promise<Alert> {
    const { name, kind, severity } = rule.settings;
    const alert: Alert = {
      ...{ id: `alert-${randomBytes(6).toString('hex')}`, ruleId: rule.id, ruleName: name, kind, severity },
      ...condition,
      ...{ openedAt: isoNow(this.#options.clock), resolvedAt: null, notifiedAt: null, escalated: 0 },
      ...{ acknowledgedAt: null, acknowledgedBy: null },
    };
    await alertStore.insert(this.#options.database.sql, alert);
    this.#tell('opened', alert);
    return alert;
  }

  /** Tells who is to be told now: at once, after quiet hours, and by the steps of the escalation. */
  async attend(rule: AlertRule, alert: Alert): Promise<void> {
    const { clock } = this.#options;
    const { settings } = rule;
    if (isQuiet(settings.quiet_hours, clock.utc())) return;
    if (alert.notifiedAt === null) {
      if (!(await this.#isCooling(rule, alert))) await this.#first(rule, alert);
      return;
    }
    const step = settings.escalation[alert.escalated];
    const waited = (clock.utc() - Date.parse(alert.notifiedAt)) / 1000;
    if (!step || alert.acknowledgedAt !== null || waited < step.after_seconds) return;
    await this.#save({ ...alert, escalated: alert.escalated + 1 });
    await this.#options.notify(step.channel_ids, this.#wording(alert, 'escalated'));
  }

  /** What it told of is over. */
  async resolve(alert: Alert, rule: AlertRule | undefined): Promise<void> {
    const after = { ...alert, resolvedAt: isoNow(this.#options.clock) };
    await this.#save(after);
    this.#tell('resolved', after);
    const settings = rule?.settings;
    if (!settings?.notify_resolved || alert.notifiedAt === null) return;
    if (isQuiet(settings.quiet_hours, this.#options.clock.utc())) return;
    const steps = settings.escalation.slice(0, alert.escalated).flatMap((step) => step.channel_ids);
    await this.#options.notify([...settings.channel_ids, ...steps], this.#wording(after, 'resolved'));
  }

  /** Forgets what was over long ago. */
  async sweep(): Promise<void> {
    const { database, clock } = this.#options;
    await alertStore.removeOlder(database.sql, new Date(clock.utc() - KEPT_MS).toISOString());
  }

  async #first(rule: AlertRule, alert: Alert): Promise<void> {
    // Written down first: told twice is worse than a message that a crash lost.
    await this.#save({ ...alert, notifiedAt: isoNow(this.#options.clock) });
    await this.#options.notify(rule.settings.channel_ids, this.#wording(alert, 'opened'));
  }

  /** Somebody was told of the same a short while ago. */
  async #isCooling({ id, settings }: AlertRule, { cameraId }: Alert): Promise<boolean> {
    const { database, clock } = this.#options;
    const last = await alertStore.lastOf(database.sql, id, cameraId);
    if (!last?.resolvedAt) return false;
    return clock.utc() - Date.parse(last.resolvedAt) < settings.cool_down_seconds * 1000;
  }

  #save(alert: Alert): Promise<void> {
    return alertStore.update(this.#options.database.sql, alert);
  }

  #tell(what: AlertHappening['what'], { id, cameraId }: Alert): void {
    this.#options.happened({ what, alert_id: id, camera_id: cameraId || null });
  }

  #wording(alert: Alert, event: Notification['event']): Notification {
    const { id, kind, severity, cameraId, cameraName, message, openedAt, ruleName } = alert;
    const over = event === 'resolved';
    return {
      ...{ id, event, type: kind, severity },
      title: `${over ? 'Resolved' : event === 'escalated' ? 'Still open' : 'Alert'}: ${ruleName}`,
      body: over ? `Over: ${message}` : message,
      camera: cameraId === '' ? null : { id: cameraId, name: cameraName },
      at: over ? (alert.resolvedAt ?? openedAt) : openedAt,
    };
  }
}
