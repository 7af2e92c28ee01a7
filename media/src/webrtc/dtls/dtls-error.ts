import type { AlertName } from './constants.ts';

/** The handshake cannot go on: what to tell the peer, and what to tell our log. */
export class DtlsError extends Error {
  override readonly name = 'DtlsError';
  readonly alert: AlertName;
  /** The certificate is not the one that signalling named. */
  readonly stranger: boolean;

  constructor(alert: AlertName, message: string, stranger = false) {
    super(message);
    this.alert = alert;
    this.stranger = stranger;
  }
}
