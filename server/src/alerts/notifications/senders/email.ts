import { isIP } from 'node:net';
import { NeverError } from '../../../events/outbox/index.ts';
import type { Sender } from './sender.ts';

const TIMEOUT_MS = 15_000;

/** The codes by which a mail server says that it will not take this message ever (RFC 5321 §4.2.1). */
const isFinal = (error: unknown): boolean =>
  error instanceof Error && 'responseCode' in error && Number(error.responseCode) >= 500;

/** By SMTP, to an address that was checked. */
export const sendEmail: Sender<'email'> = async (settings, notification, { targets }, signal) => {
  const { host, port, security, username, password = '', from, to } = settings;
  const address = await targets.resolve(host, security !== 'none');
  // Loaded with the first message: most installations send none.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host: address,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(username === undefined ? {} : { auth: { user: username, pass: password } }),
    ...(isIP(host) === 0 ? { tls: { servername: host } } : {}),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const stop = () => transport.close();
  signal.addEventListener('abort', stop);
  try {
    const { title, body, at } = notification;
    const sent = await transport.sendMail({ from, to, subject: title, text: `${body}\n\n${at}\n` });
    return String(sent.response).slice(0, 200);
  } catch (error) {
    throw isFinal(error) ? new NeverError(messageOf(error)) : new Error(messageOf(error), { cause: error });
  } finally {
    signal.removeEventListener('abort', stop);
    transport.close();
  }
};

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'the mail was not taken';
