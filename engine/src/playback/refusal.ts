/** What a viewer of footage is told instead of footage. */
export class PlaybackRefusal extends Error {
  readonly status: 400 | 404 | 409 | 422 | 503;
  /** For programs: what the words say. */
  readonly details: Readonly<Record<string, string>> | undefined;

  constructor(
    status: 400 | 404 | 409 | 422 | 503,
    message: string,
    details?: Readonly<Record<string, string>>,
  ) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

/** A sealed file holds other bytes than those that were sealed. */
export class DamagedFootage extends PlaybackRefusal {
  constructor() {
    super(422, 'this original is damaged: its bytes are not those that were sealed');
  }
}
