import { createSecureContext, type SecureContext } from 'node:tls';
import type { TlsIdentity } from '@nightjar/contract/link';
import type { Log } from '../kernel/index.ts';

export interface DoorCertificateOptions {
  /** What the server wants shown now; undefined: nothing, TLS is not spoken. */
  readonly wanted: () => TlsIdentity | undefined;
  readonly log: Pick<Log, 'error'>;
}

/** The certificate of the listeners, made ready once for all who connect until the server names another. */
export class DoorCertificate {
  readonly #options: DoorCertificateOptions;
  #made: TlsIdentity | undefined;
  #context: SecureContext | undefined;

  constructor(options: DoorCertificateOptions) {
    this.#options = options;
  }

  /** For a connection that begins now. One that cannot be used is told of once, and the one before it stays. */
  readonly context = (): SecureContext | undefined => {
    const { wanted, log } = this.#options;
    const tls = wanted();
    if (!tls) return undefined;
    if (tls.cert === this.#made?.cert && tls.key === this.#made.key) return this.#context;
    this.#made = tls;
    try {
      this.#context = createSecureContext(tls);
    } catch (error) {
      log.error('the certificate of the listeners cannot be used; the one before it stays', { error });
    }
    return this.#context;
  };
}
