import type { Cargo, PlaceSpec } from '../place.ts';

/** What the mover is asked for. */
export type Task =
  | {
      kind: 'copy';
      from: PlaceSpec;
      to: PlaceSpec;
      cargo: Cargo;
      /** Bytes a second; null is no limit. */
      pace: number | null;
      /** Folder for a file on its way between two stores. */
      scratch: string;
    }
  | { kind: 'remove'; at: PlaceSpec; streamId: string; filename: string };

export interface Order {
  id: number;
  task: Task;
}

/** How an order ended. */
export type Outcome =
  | { id: number; ok: true; sha256: string | null }
  | { id: number; ok: false; failure: Failure };

/**
 * `store`: the target or the network is amiss, and a later try may succeed. `missing`: there is nothing to move.
 * `damaged`: the bytes are not those that were recorded; the file stays where it is.
 */
export interface Failure {
  kind: 'store' | 'missing' | 'damaged';
  /** For people; names no address and no key. */
  message: string;
}

/** Thrown inside the mover; crosses threads as {@link Failure}. */
export class MoveError extends Error {
  readonly kind: Failure['kind'];

  constructor(kind: Failure['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
