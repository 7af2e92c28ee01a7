import { RtspError, type RtspErrorCode } from './errors.ts';
import type { RtspResponse } from './wire/message.ts';

const CODES: ReadonlyMap<number, RtspErrorCode> = new Map([
  [401, 'auth_failed'],
  [403, 'auth_failed'],
  [404, 'not_found'],
  [410, 'not_found'],
  [453, 'refused'],
  [503, 'refused'],
]);

/** The error for an answer that is no success. */
export function statusError(peer: string, method: string, response: RtspResponse): RtspError {
  const { status } = response;
  const reason = response.reason.replace(/[^\x20-\x7e]/g, '').slice(0, 80);
  const note = status === 461 ? ' (no RTP over TCP)' : '';
  const text = `${peer} answered ${method} with ${status}${reason && ` ${reason}`}${note}`;
  return new RtspError(CODES.get(status) ?? 'protocol_error', text, { status });
}
