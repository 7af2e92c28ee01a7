/** What a viewer of footage is told instead of footage. */
export class PlaybackRefusal extends Error {
  readonly status: 400 | 404 | 422 | 503;

  constructor(status: 400 | 404 | 422 | 503, message: string) {
    super(message);
    this.status = status;
  }
}
