import { randomBytes } from 'node:crypto';
import { FlvToStream, parseRtmpUrl, RtmpClient } from '@nightjar/media/rtmp';
import type { CameraSockets } from '../outbound/index.ts';
import { type MakePull, type Pull, pullSource } from './pull.ts';
import { SourceError, type SourceOptions, type StartSource } from './source.ts';
import { Trust } from './trust.ts';

/** Pulls streams from RTMP servers, and from cameras that are one, plain or inside TLS. */
export function rtmpSource(sockets: CameraSockets): StartSource {
  const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);
  const trusted = new WeakMap<SourceOptions['stream'], Trust>();
  return pullSource((options, lose) => {
    const trust = trusted.get(options.stream) ?? new Trust();
    trusted.set(options.stream, trust);
    return new RtmpPull(options, lose, { sockets, readBuffer, trust });
  });
}

interface Surroundings {
  readonly sockets: CameraSockets;
  readonly readBuffer: Buffer;
  readonly trust: Trust;
}

class RtmpPull implements Pull {
  readonly #client: RtmpClient;
  readonly #ingest: FlvToStream;

  constructor(
    options: SourceOptions,
    lose: Parameters<MakePull>[1],
    { sockets, readBuffer, trust }: Surroundings,
  ) {
    const { source, clock, onCertificate } = options;
    const url = parseRtmpUrl(source.url);
    if (!url) throw new SourceError('protocol_error', 'the address is not an RTMP URL with an application');
    this.#ingest = new FlvToStream(options);
    this.#client = new RtmpClient({
      url,
      connect: sockets.connect,
      readBuffer,
      clock,
      random: randomBytes,
      sink: this.#ingest,
      trust: (socket) => trust.check(socket, source.tls_pin, (seen) => onCertificate?.(seen)),
      onClose: lose,
    });
  }

  get counters() {
    return this.#ingest.counters;
  }

  get lastFrame(): number {
    return this.#ingest.lastFrame;
  }

  get trouble(): string | undefined {
    return this.#ingest.trouble;
  }

  open(): Promise<void> {
    return this.#client.play();
  }

  async close(): Promise<void> {
    await this.#client.close();
    this.#ingest.close();
  }
}
