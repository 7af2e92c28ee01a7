/** Limits of footage as a person types them; empty is the default, or no limit. */
export interface LimitTexts {
  /** Days it is kept. */
  readonly days: string;
  /** Gigabytes it may have. */
  readonly size: string;
}

/** What is typed of the whole installation and of single cameras. */
export interface RetentionDraft extends LimitTexts {
  /** Gigabytes that are kept free on the disk. */
  readonly free: string;
  readonly cameras: Readonly<Record<string, LimitTexts>>;
}

/** Limits as they count: null is the default, or no limit. */
export interface Limits {
  readonly retention_days: number | null;
  readonly max_bytes: number | null;
}

const GB = 1_000_000_000;

export const sizeText = (bytes: number | null): string =>
  bytes === null ? '' : String(Number((bytes / GB).toFixed(3)));

/** A number above 0; null when nothing is typed, undefined when it is no such number. */
function numberOf(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  const value = Number(text.replace(',', '.'));
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

const bytesOf = (text: string): number | null | undefined => {
  const value = numberOf(text);
  return value == null ? value : Math.round(value * GB);
};

/** What was typed; undefined when some of it cannot be read. */
function limitsOf({ days, size }: LimitTexts): Limits | undefined {
  const [retention_days, max_bytes] = [numberOf(days), bytesOf(size)];
  return retention_days === undefined || max_bytes === undefined ? undefined : { retention_days, max_bytes };
}

/** What would be changed: of the configuration, and of single cameras. */
export interface RetentionChange {
  readonly retention_days?: number;
  readonly max_bytes?: number | null;
  readonly min_free_bytes?: number;
  readonly streams: Readonly<Record<string, Partial<Limits>>>;
}

const same = (a: LimitTexts, b: LimitTexts): boolean => a.days === b.days && a.size === b.size;

/** The change from one draft to the next; undefined when something typed cannot be read. */
export function changeOf(before: RetentionDraft, after: RetentionDraft): RetentionChange | undefined {
  const whole = limitsOf(after);
  const free = after.free.trim() === '0' ? 0 : bytesOf(after.free);
  const cameras = Object.entries(after.cameras).filter(
    ([id, texts]) => !same(before.cameras[id] ?? texts, texts),
  );
  const limits = cameras.map(([id, texts]) => [id, limitsOf(texts)] as const);
  // Of all footage there must be some age.
  if (!whole || whole.retention_days === null || free == null) return undefined;
  if (limits.some(([, one]) => one === undefined)) return undefined;
  return {
    ...(before.days === after.days ? {} : { retention_days: whole.retention_days }),
    ...(before.size === after.size ? {} : { max_bytes: whole.max_bytes }),
    ...(before.free === after.free ? {} : { min_free_bytes: free }),
    streams: Object.fromEntries(limits) as Record<string, Limits>,
  };
}

/** Whether anything is changed at all. */
export const isChange = ({ streams, ...config }: RetentionChange): boolean =>
  Object.keys(config).length > 0 || Object.keys(streams).length > 0;
