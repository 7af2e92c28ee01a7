import { RtmpError } from './errors.ts';

/** The system's error of a socket in the words of a client; others as they are. */
export function networkError(error: NodeJS.ErrnoException): unknown {
  const words: Readonly<Record<string, readonly [RtmpError['code'], string]>> = {
    ECONNREFUSED: ['refused', 'the connection was refused'],
    ECONNRESET: ['closed_by_camera', 'the server reset the connection'],
    EPIPE: ['closed_by_camera', 'the server closed the connection'],
    ETIMEDOUT: ['timeout', 'the server does not answer'],
    EHOSTUNREACH: ['unreachable', 'the host cannot be reached'],
    ENETUNREACH: ['unreachable', 'the network cannot be reached'],
    ENOTFOUND: ['unreachable', 'the host name is not known'],
    EAI_AGAIN: ['unreachable', 'the host name could not be looked up'],
  };
  const found = words[error.code ?? ''];
  return found ? new RtmpError(...found) : error;
}
