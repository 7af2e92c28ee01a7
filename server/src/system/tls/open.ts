import { hostname } from 'node:os';
import type { Clock, Log, Settings, Shutdown } from '../../kernel/index.ts';
import { Certificates } from './certificates.ts';

interface Options {
  settings: Settings;
  dataDir: string;
  clock: Clock;
  log: Log;
  shutdown: Shutdown;
  /** Addresses of this machine. */
  addresses: () => readonly string[];
}

/** The certificate of the listener; undefined when it is to speak in clear. Throws `ConfigurationError`. */
export async function openTls(options: Options): Promise<Certificates | undefined> {
  const { settings, addresses, shutdown } = options;
  const { enabled, cert_file, key_file } = settings.config.server.tls;
  if (!enabled) return undefined;
  const certificates = await Certificates.open({
    ...options,
    settings: { certFile: cert_file, keyFile: key_file },
    names: () => [...new Set(['localhost', hostname(), '127.0.0.1', '::1', ...addresses()])],
  });
  shutdown.add('certificates', () => certificates.close());
  return certificates;
}
