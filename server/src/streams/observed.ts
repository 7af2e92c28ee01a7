import type { StreamMetrics, StreamState, TrackFact, Transport } from '@nightjar/contract';
import type { Fact, Hello, MetricsSample } from '@nightjar/contract/link';
import type { Clock } from '../kernel/index.ts';

type StateFact = Extract<Fact, { kind: 'stream.state' }>;

interface Observation {
  state: StreamState;
  since: string;
  tracks: readonly TrackFact[];
  transport?: Transport | undefined;
}

export type Command = 'start' | 'stop' | 'restart';

/** A sample older than this says nothing of now; the engine sends one every 2 s. */
const STALE_MS = 10_000;
/** A command that nothing answered for so long no longer makes a stream busy. */
const COMMAND_MS = 10_000;

const answers: Record<Command, (state: StreamState) => boolean> = {
  start: (state) => state !== 'stopped',
  stop: (state) => state === 'stopped',
  restart: () => true,
};

/** What the engine was last seen doing. All of it is memory: the engine says it anew at each hello. */
export class Observed {
  readonly #clock: Clock;
  readonly #streams = new Map<string, Observation>();
  readonly #metrics = new Map<string, { metrics: StreamMetrics; at: number }>();
  readonly #commands = new Map<string, { command: Command; at: number }>();
  #engine: 'unseen' | 'here' | 'away' = 'unseen';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  hello(streams: Hello['streams']): void {
    this.#engine = 'here';
    this.#streams.clear();
    this.#commands.clear();
    for (const { id, ...seen } of streams) this.#streams.set(id, seen);
  }

  /** The link is down: what was seen says nothing of now. */
  away(): void {
    if (this.#engine === 'here') this.#engine = 'away';
    this.#streams.clear();
    this.#metrics.clear();
    this.#commands.clear();
  }

  /** A fact that is older than what is known (sent again after a reconnect) changes nothing. */
  apply(fact: StateFact): void {
    const before = this.#streams.get(fact.stream_id);
    if (before && Date.parse(before.since) > Date.parse(fact.at)) return;
    this.#streams.set(fact.stream_id, {
      state: fact.state,
      since: fact.at,
      tracks: fact.tracks ?? before?.tracks ?? [],
      transport: fact.transport,
    });
    const pending = this.#commands.get(fact.stream_id);
    if (pending && answers[pending.command](fact.state)) this.#commands.delete(fact.stream_id);
  }

  sample(samples: readonly MetricsSample[]): void {
    const at = this.#clock.monotonic();
    for (const { stream_id, metrics } of samples) this.#metrics.set(stream_id, { metrics, at });
  }

  forget(id: string): void {
    this.#streams.delete(id);
    this.#metrics.delete(id);
    this.#commands.delete(id);
  }

  /** The state to show of a stream that is or is not to run. */
  state(id: string, running: boolean): StreamState {
    const seen = this.#streams.get(id)?.state;
    if (seen) return seen;
    if (!running) return 'stopped';
    return this.#engine === 'away' ? 'reconnecting' : 'connecting';
  }

  tracks(id: string): readonly TrackFact[] {
    return this.#streams.get(id)?.tracks ?? [];
  }

  /** How its media travels now. */
  transport(id: string): Transport | undefined {
    return this.#streams.get(id)?.transport;
  }

  metrics(id: string): StreamMetrics | undefined {
    const sample = this.#metrics.get(id);
    return sample && this.#clock.monotonic() - sample.at <= STALE_MS ? sample.metrics : undefined;
  }

  /** Remembers a command until the engine has answered it; nothing to wait for without an engine. */
  commanded(id: string, command: Command): void {
    const seen = this.#streams.get(id)?.state;
    if (this.#engine !== 'here') return;
    if (command === 'stop' && (seen === undefined || seen === 'stopped')) return;
    this.#commands.set(id, { command, at: this.#clock.monotonic() });
  }

  /** The command the engine has not answered yet. */
  pending(id: string): Command | undefined {
    const pending = this.#commands.get(id);
    return pending && this.#clock.monotonic() - pending.at <= COMMAND_MS ? pending.command : undefined;
  }
}
