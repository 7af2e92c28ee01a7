import { RtspError } from '../errors.ts';
import { header, type RtspResponse } from '../wire/message.ts';
import { parseRtspUrl, type RtspUrl } from '../wire/url.ts';

/**
 * Where a 3xx answer leads, without credentials.
 * @throws RtspError `protocol_error` when it names no address, or leads from RTSPS to RTSP.
 */
export function redirect(peer: string, from: RtspUrl, response: RtspResponse): RtspUrl {
  const { status } = response;
  const location = header(response.headers, 'location');
  const to = parseRtspUrl(location ?? '');
  if (!to) {
    throw new RtspError('protocol_error', `${peer}: ${status} without a usable Location`, { status });
  }
  if (from.secure && !to.secure) {
    throw new RtspError('protocol_error', `${peer}: ${status} leads from RTSPS to RTSP`, { status });
  }
  const { credentials: _, ...bare } = to;
  return bare;
}
