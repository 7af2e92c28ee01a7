import type { TLSSocket } from 'node:tls';

/** A camera shows another certificate than the one it is pinned to. */
export class CertificateChangedError extends Error {
  override readonly name = 'CertificateChangedError';
}

/** What a connection learnt of a camera's certificate. */
export interface SeenCertificate {
  /** SHA-256, lower-case hex. */
  readonly fingerprint: string;
  /** The connection goes on. */
  readonly trusted: boolean;
}

/**
 * Trust on first use: cameras sign their certificates themselves, so the first one seen is the one to show from then
 * on. Another one is taken only when this machine's authorities vouch for it, by the name the camera is reached by.
 */
export class Trust {
  #seen: string | undefined;

  /**
   * Looks at the certificate of a connection that was just made; `pin`: the one that is known already. Destroys the
   * socket with CertificateChangedError before anything is said over it, or lets it be.
   */
  check(socket: TLSSocket, pin: string | undefined, tell: (seen: SeenCertificate) => void): void {
    const fingerprint = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase();
    if (fingerprint === undefined) {
      socket.destroy(new CertificateChangedError('the camera shows no certificate'));
      return;
    }
    const known = pin ?? this.#seen;
    const trusted = known === undefined || known === fingerprint || socket.authorized;
    if (trusted) this.#seen = fingerprint;
    if (fingerprint !== pin) tell({ fingerprint, trusted });
    if (trusted) return;
    const text = `the camera's certificate is another one than before (now ${fingerprint.slice(0, 16)}…)`;
    socket.destroy(new CertificateChangedError(text));
  }
}
