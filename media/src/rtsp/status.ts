import { RtspError, type RtspErrorCode, type RtspTransport } from './errors.ts';
import type { RtspResponse } from './wire/message.ts';

const CODES: ReadonlyMap<number, RtspErrorCode> = new Map([
  [401, 'auth_failed'],
  [403, 'auth_failed'],
  [404, 'not_found'],
  [410, 'not_found'],
  [453, 'refused'],
  [503, 'refused'],
]);

/** Refusals that may mean the transport that SETUP asked for (quirk 36). */
const UNSUITED: ReadonlySet<number> = new Set([400, 406, 461, 501]);

/** The error for an answer that is no success. `transport`: what SETUP asked for. */
export function statusError(
  peer: string,
  method: string,
  response: RtspResponse,
  transport?: RtspTransport,
): RtspError {
  const { status } = response;
  const reason = response.reason.replace(/[^\x20-\x7e]/g, '').slice(0, 80);
  const note = status === 461 ? ` (no RTP over ${transport === 'udp' ? 'UDP' : 'TCP'})` : '';
  const text = `${peer} answered ${method} with ${status}${reason && ` ${reason}`}${note}`;
  return new RtspError(CODES.get(status) ?? 'protocol_error', text, {
    status,
    ...(transport && UNSUITED.has(status) && { transport }),
  });
}
