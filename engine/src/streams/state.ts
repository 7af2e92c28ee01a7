import type { StreamFault, StreamState } from '@nightjar/contract';

/** The only moves a stream may make; `connecting` and `reconnecting` repeat to tell of a failed attempt. */
const MOVES: Readonly<Record<StreamState, readonly StreamState[]>> = {
  stopped: ['connecting'],
  connecting: ['connecting', 'ready', 'failed', 'stopped'],
  ready: ['live', 'connecting', 'reconnecting', 'failed', 'stopped'],
  live: ['reconnecting', 'failed', 'stopped'],
  reconnecting: ['reconnecting', 'ready', 'connecting', 'failed', 'stopped'],
  failed: ['connecting', 'stopped'],
};

export interface StateChange {
  readonly state: StreamState;
  readonly previous: StreamState;
  readonly fault?: StreamFault;
  readonly message?: string;
}

/** The life cycle of one stream: every transition is validated here and announced once. */
export class StreamLifeCycle {
  #state: StreamState = 'stopped';
  readonly #announce: (change: StateChange) => void;

  constructor(announce: (change: StateChange) => void) {
    this.#announce = announce;
  }

  get state(): StreamState {
    return this.#state;
  }

  /** Moves to `state`; throws when the life cycle has no such transition, which is a bug of the caller. */
  move(state: StreamState, why?: { fault: StreamFault; message: string }): void {
    const previous = this.#state;
    if (!MOVES[previous].includes(state)) throw new Error(`a stream cannot go from ${previous} to ${state}`);
    this.#state = state;
    this.#announce({ state, previous, ...why });
  }
}
