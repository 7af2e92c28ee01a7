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
