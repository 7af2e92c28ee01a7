/** What a viewer is told; the server translates it into its surface's dialect. */
export class DoorError extends Error {
  readonly status: 400 | 401 | 404 | 405 | 422 | 503;

  constructor(status: 400 | 401 | 404 | 405 | 422 | 503, message: string) {
    super(message);
    this.status = status;
  }
}
