import type { BoxesEvent, ManagerEvent, MetricsEvent, RecordingEvents } from '@nightjar/contract/manager';
import type { Clock } from '../../kernel/index.ts';

interface Options {
  clock: Pick<Clock, 'monotonic'>;
  /** Around which events a stream is recorded; undefined for those that are not. */
  eventsOf: (streamId: string) => RecordingEvents | undefined;
  /** Footage of a stream is kept up to so many seconds from now, whatever was said earlier. */
  keep: (streamId: string, seconds: number) => void;
}

/** Seconds of what lasts and is not heard of again: a camera may forget to tell the end. */
const LONGEST = 600;

/** `begins` and `ends` are of something that lasts, by its key. */
type Meaning = { does: 'begins' | 'ends'; key: string } | { does: 'happens' };

/** What keeps a stream recorded. */
interface Kept {
  /** Seconds of the monotonic clock. */
  until: number;
  /** What has begun and not ended, and until when that is believed. */
  readonly lasting: Map<string, number>;
}

/** Turns what happens into footage of the streams that are recorded around events. */
export class RecordingTriggers {
  readonly #options: Options;
  readonly #kept = new Map<string, Kept>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** To be called with every event. */
  observe(event: ManagerEvent | MetricsEvent | BoxesEvent): void {
    if (!('stream_id' in event)) return;
    const settings = this.#options.eventsOf(event.stream_id);
    const meaning = settings && meaningOf(event, settings);
    if (!settings || !meaning) return;
    const kept = this.#of(event.stream_id);
    if (meaning.does === 'begins') kept.lasting.set(meaning.key, this.#now + LONGEST);
    if (meaning.does === 'ends' && !kept.lasting.delete(meaning.key)) return;
    this.#keep(event.stream_id, kept, kept.lasting.size > 0 ? LONGEST : settings.after);
  }

  /** An engine that has just come knows nothing of it. */
  engineHere(): void {
    for (const [streamId, { until }] of this.#kept) {
      if (until > this.#now) this.#options.keep(streamId, until - this.#now);
      else this.#kept.delete(streamId);
    }
  }

  get #now(): number {
    return this.#options.clock.monotonic() / 1000;
  }

  #of(streamId: string): Kept {
    const kept = this.#kept.get(streamId) ?? { until: 0, lasting: new Map<string, number>() };
    this.#kept.set(streamId, kept);
    for (const [key, believed] of kept.lasting) if (believed <= this.#now) kept.lasting.delete(key);
    return kept;
  }

  #keep(streamId: string, kept: Kept, seconds: number): void {
    kept.until = this.#now + seconds;
    this.#options.keep(streamId, seconds);
  }
}

type StreamEvent = Extract<ManagerEvent | MetricsEvent | BoxesEvent, { stream_id: string }>;

function meaningOf(event: StreamEvent, { on }: RecordingEvents): Meaning | undefined {
  if (event.type === 'alert.resolved')
    return on.includes('alert.opened') ? { does: 'ends', key: event.alert_id } : undefined;
  if (event.type === 'detection.ended')
    return on.includes('detection.started') ? { does: 'ends', key: event.object_id } : undefined;
  if (!on.includes(event.type)) return undefined;
  if (event.type === 'detection.started') return { does: 'begins', key: event.object_id };
  if (event.type === 'alert.opened') return { does: 'begins', key: event.alert_id };
  return event.type === 'camera.notice' ? noticed(event) : { does: 'happens' };
}

/** A camera tells of motion by `IsMotion` true and false, of a bell by its being rung (ONVIF core 9.4). */
function noticed({
  kind,
  topic,
  source,
  data,
}: Extract<StreamEvent, { type: 'camera.notice' }>): Meaning | undefined {
  const key = JSON.stringify([topic, source]);
  const words = Object.values(data).map((value) => value.toLowerCase());
  if (words.some((word) => word === 'true' || word === '1')) return { does: 'begins', key };
  if (words.some((word) => word === 'false' || word === '0')) return { does: 'ends', key };
  return kind === 'change' ? { does: 'happens' } : undefined;
}
