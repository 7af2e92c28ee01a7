import { ViewerLimitError } from '../viewers/index.ts';
import type { CallFault } from './messages.ts';
import { PeerCallError } from './peer-worker.ts';

/** What a WebRTC client is told; the server translates it into its surface's dialect. */
export class PeerRefusal extends Error {
  readonly status: 400 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 422 | 428 | 503;

  constructor(status: PeerRefusal['status'], message: string) {
    super(message);
    this.status = status;
  }
}

const STATUS: Readonly<Record<Exclude<CallFault, 'internal'>, PeerRefusal['status']>> = {
  malformed: 400,
  not_playable: 422,
  no_session: 503,
};

/** The refusal that an error of opening a session means; anything else is thrown on. */
export function refusalOf(error: unknown): PeerRefusal {
  if (error instanceof ViewerLimitError) return new PeerRefusal(503, error.message);
  if (error instanceof PeerCallError && error.fault !== 'internal') {
    return new PeerRefusal(STATUS[error.fault], error.message);
  }
  throw error;
}
