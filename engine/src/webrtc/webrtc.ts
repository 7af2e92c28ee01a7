import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import type { Publishers } from '../sources/index.ts';
import type { Viewers } from '../viewers/index.ts';
import type { WorkerSettings } from './messages.ts';
import { type News, PeerCallError, PeerWorker } from './peer-worker.ts';
import { Peers, type PeersOptions } from './peers.ts';
import { Publications } from './publish/publications.ts';

export interface WebRtcOptions {
  readonly settings: WorkerSettings;
  readonly viewers: Pick<Viewers, 'open'>;
  readonly publishers: Publishers;
  readonly clock: Clock;
  readonly log: Log;
  /** See `Peers`. */
  readonly rendition?: PeersOptions['rendition'];
}

/** Pauses before a worker that ended is made anew, in milliseconds. */
const FIRST_PAUSE = 200;
const LAST_PAUSE = 5_000;

/** One worker and who came through it. */
interface Life {
  readonly worker: PeerWorker;
  readonly peers: Peers;
  readonly publications: Publications;
}

/** WebRTC of the engine: one worker thread after another, should one fail, always on the same port. */
export class WebRtc {
  readonly #options: WebRtcOptions;
  #port = 0;
  #life: Life | undefined;
  #cancelPause: (() => void) | undefined;
  #closing = false;

  constructor(options: WebRtcOptions) {
    this.#options = options;
  }

  /** UDP and TCP; 0 before `start`. */
  get port(): number {
    return this.#port;
  }

  get running(): boolean {
    return this.#life !== undefined;
  }

  /** Ends the worker as a crash would; it is made anew. */
  kill(): void {
    void this.#life?.worker.kill();
  }

  /** The present worker's sessions. Throws PeerCallError while there is none. */
  get peers(): Peers {
    if (!this.#life) throw new PeerCallError('internal', 'WebRTC is not running');
    return this.#life.peers;
  }

  /** Who publishes through the present worker. Throws PeerCallError while there is none. */
  get publications(): Publications {
    if (!this.#life) throw new PeerCallError('internal', 'WebRTC is not running');
    return this.#life.publications;
  }

  /** Resolves when peers are heard. Throws PeerPortError when the port is taken. */
  async start(): Promise<void> {
    this.#port = await this.#begin(this.#options.settings.port);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#cancelPause?.();
    const life = this.#life;
    this.#life = undefined;
    if (!life) return;
    life.peers.lost('shutdown');
    life.publications.lost();
    await life.worker.close();
  }

  async #begin(port: number): Promise<number> {
    const { settings, clock } = this.#options;
    const worker = new PeerWorker({
      settings: { ...settings, port },
      clock,
      onNews: (news) => tell(life, news),
    });
    const life: Life = {
      worker,
      peers: new Peers(worker, this.#options),
      publications: new Publications(worker, this.#options),
    };
    let bound: number;
    try {
      bound = await worker.ready();
    } catch (error) {
      await worker.close();
      throw error;
    }
    this.#life = life;
    void worker.ended.then((error) => this.#ended(life, error));
    if (this.#closing) await this.close();
    return bound;
  }

  #ended({ peers, publications }: Life, error: Error | undefined): void {
    peers.lost('failed');
    publications.lost();
    if (this.#closing) return;
    this.#life = undefined;
    this.#options.log.error('the WebRTC worker ended; it is started again', { error });
    this.#again(FIRST_PAUSE);
  }

  #again(pause: number): void {
    this.#cancelPause = this.#options.clock.after(pause, () => {
      this.#begin(this.#port).catch((error: unknown) => {
        this.#options.log.error('the WebRTC worker could not be started', { error });
        if (!this.#closing) this.#again(Math.min(pause * 2, LAST_PAUSE));
      });
    });
  }
}

function tell({ peers, publications }: Life, news: News): void {
  if (news.type === 'connected' || news.type === 'ended' || news.type === 'figures') peers.news(news);
  else publications.news(news);
}
