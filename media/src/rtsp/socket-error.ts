import { RtspError } from './errors.ts';

/** System call, name service and certificate errors; any other error is the opener's own. */
const SYSTEM = /^(E[A-Z]{3,}|EAI_\w+|\w*(CERT|ISSUER|SIGNATURE|CRL)\w*)$/;

/** A socket's error as one of RTSP; one that is the opener's own stays as it is. `open`: it was connected. */
export function socketError(
  error: NodeJS.ErrnoException,
  { peer, open }: { peer: string; open: boolean },
): Error {
  const code = error.code ?? '';
  const text = `${peer}: ${code || error.message}`;
  if (code === 'ECONNREFUSED') return new RtspError('refused', text, { cause: error });
  if (code === 'ETIMEDOUT') return new RtspError('timeout', text, { cause: error });
  if (open) return new RtspError('closed_by_camera', text, { cause: error });
  if (/^ERR_(SSL|TLS)_/.test(code)) return new RtspError('not_rtsp', text, { cause: error });
  if (SYSTEM.test(code)) return new RtspError('unreachable', text, { cause: error });
  return error;
}
