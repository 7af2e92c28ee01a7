import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Clock, ConfigurationError, hasCode, type Log, replaceFile } from '../../kernel/index.ts';
import { type KeyAndCertificate, selfSigned } from './self-signed.ts';

/** Where the certificate comes from; without files it is made here and vouches for itself. */
export interface TlsSettings {
  certFile: string | null;
  keyFile: string | null;
}

interface Options {
  settings: TlsSettings;
  dataDir: string;
  /** Names and addresses by which this machine is called. */
  names: () => readonly string[];
  clock: Clock;
  log: Log;
}

const LOOK_MS = 60_000;

/** The certificate of the listener, and its renewal. */
export class Certificates {
  readonly #options: Options;
  readonly #files: { cert: string; key: string };
  #current: KeyAndCertificate;
  #seen: string;
  #stop: (() => void) | undefined;

  private constructor(
    options: Options,
    files: { cert: string; key: string },
    found: { pair: KeyAndCertificate; seen: string },
  ) {
    this.#options = options;
    this.#files = files;
    this.#current = found.pair;
    this.#seen = found.seen;
  }

  /** Throws `ConfigurationError` when the files do not belong together or cannot be read. */
  static async open(options: Options): Promise<Certificates> {
    const { settings, dataDir } = options;
    const { certFile, keyFile } = settings;
    const own = { cert: join(dataDir, 'keys', 'tls.crt'), key: join(dataDir, 'keys', 'tls.key') };
    const files = certFile === null || keyFile === null ? own : { cert: certFile, key: keyFile };
    if (files === own) await makeOwn(own, options);
    try {
      return new Certificates(options, files, await load(files));
    } catch (error) {
      throw new ConfigurationError([`server.tls: ${error instanceof Error ? error.message : String(error)}`]);
    }
  }

  get current(): KeyAndCertificate {
    return this.#current;
  }

  /** SHA-256, as browsers show it; undefined where others vouch for the certificate. */
  get fingerprint(): string | undefined {
    const certificate = new X509Certificate(this.#current.cert);
    return vouchesForItself(certificate) ? certificate.fingerprint256 : undefined;
  }

  /** Calls `renewed` when the files have changed and hold a certificate with its key; else the old one stays. */
  watch(renewed: (pair: KeyAndCertificate) => void): void {
    this.#stop ??= this.#options.clock.every(LOOK_MS, () => void this.look(renewed));
  }

  /** Looks at the files once. */
  async look(renewed: (pair: KeyAndCertificate) => void): Promise<void> {
    try {
      if ((await stamp(this.#files)) === this.#seen) return;
      const { pair, seen } = await load(this.#files);
      this.#seen = seen;
      this.#current = pair;
      renewed(pair);
      this.#options.log.info('the certificate was renewed');
    } catch (error) {
      this.#options.log.error({ err: error }, 'the new certificate cannot be used; the old one stays');
    }
  }

  close(): void {
    this.#stop?.();
  }
}

/** `checkIssued` would also ask whether it may sign others, which it need not. */
const vouchesForItself = (certificate: X509Certificate): boolean =>
  certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey);

async function stamp({ cert, key }: { cert: string; key: string }): Promise<string> {
  const [one, other] = await Promise.all([stat(cert), stat(key)]);
  return `${one.mtimeMs} ${one.size} ${other.mtimeMs} ${other.size}`;
}

async function load(files: {
  cert: string;
  key: string;
}): Promise<{ pair: KeyAndCertificate; seen: string }> {
  const seen = await stamp(files);
  const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')]);
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error('the key does not belong to the certificate');
  }
  return { pair: { cert, key }, seen };
}

async function makeOwn(files: { cert: string; key: string }, { names, clock }: Options): Promise<void> {
  try {
    await stat(files.cert);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    await mkdir(dirname(files.cert), { recursive: true, mode: 0o700 });
    const { cert, key } = selfSigned(names(), clock.utc());
    await replaceFile(files.key, key, 0o600);
    await replaceFile(files.cert, cert, 0o644);
  }
}
