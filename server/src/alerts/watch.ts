import type { CameraView } from '../cameras/index.ts';
import { type Clock, type Log, type Principal, sees } from '../kernel/index.ts';
import type { Alerts } from './alerts.ts';
import { conditionsOf, holdSeconds, type Situation } from './conditions.ts';
import type { Alert, AlertRule, Condition } from './rule.ts';
import type { AlertRules } from './rules.ts';

/** One thing that a camera told of itself, or that was seen in its picture. */
export interface Detection {
  streamId: string;
  topic: string;
  text: string;
}

interface Options {
  clock: Clock;
  log: Log;
  rules: AlertRules;
  alerts: Alerts;
  cameras: () => Promise<readonly CameraView[]>;
  recordingOf: Situation['recordingOf'];
  disk: () => Promise<{ used: number; total: number } | null>;
  refusedSignIns: Situation['refusedSignIns'];
  /** What the owner of a rule may do now; undefined when they are gone or disabled. */
  standing: (owner: string) => Promise<Principal | undefined>;
}

const LOOK_MS = 5_000;
const SWEEP_MS = 3_600_000;
const MAX_WAITING = 1_000;
const keyOf = (ruleId: string, cameraId: string): string => `${ruleId} ${cameraId}`;

/** Looks at what the rules ask for, again and again, and opens and resolves alerts. */
export class AlertWatch {
  readonly #options: Options;
  readonly #cancels: readonly (() => void)[];
  /** Since when a condition holds, on the monotonic clock. */
  readonly #since = new Map<string, number>();
  readonly #detections: Detection[] = [];
  #looking: Promise<void> | undefined;

  constructor(options: Options) {
    this.#options = options;
    const { clock, log, alerts } = options;
    const sweep = () =>
      alerts.sweep().catch((error: unknown) => log.error({ err: error }, 'old alerts could not be removed'));
    this.#cancels = [clock.every(LOOK_MS, () => void this.look()), clock.every(SWEEP_MS, () => void sweep())];
  }

  /** Something was detected; a flood of it is cut. */
  detected(detection: Detection): void {
    if (this.#detections.length < MAX_WAITING) this.#detections.push(detection);
  }

  /** Looks once; never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) =>
        this.#options.log.error({ err: error }, 'the alert rules could not be looked at'),
      )
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async close(): Promise<void> {
    for (const cancel of this.#cancels) cancel();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { rules, alerts } = this.#options;
    const all = await rules.all();
    const active = await alerts.active();
    const detections = this.#detections.splice(0);
    for (const rule of all)
      await this.#apply(
        rule,
        active.filter(({ ruleId }) => ruleId === rule.id),
        detections,
      );
    const known = new Set(all.map(({ id }) => id));
    for (const alert of active) if (!known.has(alert.ruleId)) await alerts.resolve(alert, undefined);
    for (const key of this.#since.keys()) if (!known.has(key.split(' ')[0] ?? '')) this.#since.delete(key);
  }

  async #apply(rule: AlertRule, active: readonly Alert[], detections: readonly Detection[]): Promise<void> {
    const { alerts } = this.#options;
    const situation = await this.#situation(rule);
    const holding = situation ? this.#held(rule, await conditionsOf(rule.settings, situation)) : [];
    for (const alert of active) {
      const still = holding.some(({ cameraId }) => cameraId === alert.cameraId);
      await (still ? alerts.attend(rule, alert) : alerts.resolve(alert, rule));
    }
    const open = new Set(active.map(({ cameraId }) => cameraId));
    for (const condition of holding) {
      if (!open.has(condition.cameraId)) await alerts.attend(rule, await alerts.open(rule, condition));
    }
    if (situation) await this.#moments(rule, situation, detections);
  }

  /** Detections are over in the moment that they are told of. */
  async #moments(rule: AlertRule, { cameras }: Situation, detections: readonly Detection[]): Promise<void> {
    const { alerts } = this.#options;
    const { settings } = rule;
    if (settings.kind !== 'detection') return;
    const wanted = settings.thresholds.topic.toLowerCase();
    for (const { camera, streams } of cameras) {
      const found = detections.find(
        ({ streamId, topic }) =>
          streams.some(({ stream }) => stream.id === streamId) && topic.toLowerCase().includes(wanted),
      );
      if (!found) continue;
      const condition = {
        cameraId: camera.id,
        cameraName: camera.name,
        message: `${camera.name}: ${found.text}`,
      };
      const alert = await alerts.open(rule, condition);
      await alerts.attend(rule, alert);
      await alerts.resolve(await alerts.get(alert.id), {
        ...rule,
        settings: { ...settings, notify_resolved: false },
      });
    }
  }

  /** Conditions that hold for as long as the rule asks. */
  #held({ id, settings }: AlertRule, conditions: readonly Condition[]): Condition[] {
    const now = this.#options.clock.monotonic();
    const holding = new Set(conditions.map(({ cameraId }) => keyOf(id, cameraId)));
    for (const key of this.#since.keys()) {
      if (key.startsWith(`${id} `) && !holding.has(key)) this.#since.delete(key);
    }
    return conditions.filter(({ cameraId }) => {
      const key = keyOf(id, cameraId);
      const since = this.#since.get(key) ?? now;
      this.#since.set(key, since);
      return now - since >= holdSeconds(settings) * 1000;
    });
  }

  /** What the owner of a rule may see of what it watches; undefined for a rule that is not to count. */
  async #situation({ owner, settings }: AlertRule): Promise<Situation | undefined> {
    const { cameras, recordingOf, disk, refusedSignIns, standing } = this.#options;
    const principal = settings.enabled ? await standing(owner) : undefined;
    if (!principal?.scopes.includes('alerts:read')) return undefined;
    const whole = principal.reach === 'all';
    const { camera_ids } = settings;
    return {
      cameras: (await cameras()).filter(
        ({ camera: { id } }) => (camera_ids?.includes(id) ?? true) && sees(principal, 'alerts:read', id),
      ),
      recordingOf,
      disk: whole ? ((await disk()) ?? undefined) : undefined,
      refusedSignIns: async (seconds) =>
        whole && principal.scopes.includes('audit:read') ? refusedSignIns(seconds) : 0,
    };
  }
}
