import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { DomainError } from '../domain-error.ts';

/** Answers a request for another protocol with S2's error, and ends its connection. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const { code, status, message, details } =
    error instanceof DomainError ? error : new DomainError('INTERNAL_ERROR');
  const body = JSON.stringify({ error: { code, message, details } });
  const wait = details['retry_after'];
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...(status === 401 ? ['www-authenticate: Bearer'] : []),
    ...(typeof wait === 'number' ? [`retry-after: ${wait}`] : []),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
