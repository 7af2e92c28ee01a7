import { join } from 'node:path';
import { type Log, replaceFile } from '../kernel/index.ts';

interface Options {
  dataDir: string;
  /** As configured; a wildcard is shown as `localhost`. */
  host: string;
  /** How to sign in, as the end of the readiness line; asked once. */
  signIn: () => Promise<string>;
  /** HTTPS; `fingerprint` is shown where nobody vouches for the certificate. */
  tls: { fingerprint: string | undefined } | undefined;
  print: (line: string) => void;
  log: Log;
}

interface Ports {
  http: number;
  rtsp: number;
  rtmp?: number | undefined;
  webrtc?: number | undefined;
}

const WILDCARDS = new Set(['0.0.0.0', '::']);

/** The address a person opens. */
function addressOf(host: string, port: number, tls: boolean): string {
  const name = WILDCARDS.has(host) ? 'localhost' : host;
  return `${tls ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Tells the world once that both programs serve, and keeps `ports.json` true afterwards. */
export class Readiness {
  readonly #options: Options;
  #announced = false;
  #written = '';
  #telling: Promise<void> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
  }

  /** HTTP listens on `http`; the engine said where it hears RTSP, RTMP and WebRTC. Never rejects. */
  serving(ports: Ports): Promise<void> {
    this.#telling = this.#telling
      .then(() => this.#tell(ports))
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'readiness could not be told'));
    return this.#telling;
  }

  /** Settles when nothing is being written. */
  close(): Promise<void> {
    return this.#telling;
  }

  async #tell(ports: Ports): Promise<void> {
    const { dataDir, host, tls, print, signIn } = this.#options;
    const content = `${JSON.stringify(ports)}\n`;
    if (content !== this.#written) await replaceFile(join(dataDir, 'ports.json'), content);
    this.#written = content;
    if (this.#announced) return;
    this.#announced = true;
    const address = addressOf(host, ports.http, tls !== undefined);
    const shown = tls?.fingerprint === undefined ? '' : `  certificate SHA-256 ${tls.fingerprint}`;
    print(`Nightjar is ready at ${address}  ${await signIn()}${shown}`);
  }
}
