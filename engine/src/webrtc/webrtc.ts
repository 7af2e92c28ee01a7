import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import type { Publishers } from '../sources/index.ts';
import type { Viewers } from '../viewers/index.ts';
import type { WorkerSettings } from './messages.ts';
import { type News, PeerCallError, PeerPortError, PeerWorker } from './peer-worker.ts';
import { Peers, type PeersOptions } from './peers.ts';
import { openPorts, type PeerPorts } from './ports.ts';
import { Publications } from './publish/publications.ts';

export interface WebRtcOptions {
  readonly settings: WorkerSettings;
  readonly viewers: Pick<Viewers, 'open'>;
  readonly publishers: Publishers;
  readonly clock: Clock;
  readonly log: Log;
  /** See `Peers`. */
  readonly told: PeersOptions['told'];
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

/**
 * WebRTC of the engine: one worker thread after another, should one fail, always on the same port. The first one
 * begins with the first peer, for it takes 25 MiB; until then the port is only held.
 */
export class WebRtc {
  readonly #options: WebRtcOptions;
  #port = 0;
  #held: PeerPorts | undefined;
  #life: Life | undefined;
  #waking: Promise<void> | undefined;
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

  /** Whether a session of this name is, or lately was, the worker's. */
  has(session: string): boolean {
    if (!this.#life) return false;
    return this.#life.peers.session(session) !== undefined || this.#life.publications.has(session);
  }

  /** Sessions of viewers and publishers. */
  get load(): number {
    return this.#life ? this.#life.peers.counts.sessions + this.#life.publications.count : 0;
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

  /** Takes the port. Throws PeerPortError when somebody else has it. */
  async start(): Promise<void> {
    const { port, host } = this.#options.settings;
    const onError = (error: unknown): void => this.#options.log.error('the WebRTC port failed', { error });
    try {
      this.#held = await openPorts({ port, host, onTcp: (socket) => void socket.destroy(), onError });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      throw new PeerPortError(code, port, error instanceof Error ? error.message : String(error));
    }
    this.#port = this.#held.port;
  }

  /** Resolves when peers are heard, which begins with the first call. Throws what keeps them from it. */
  awake(): Promise<void> {
    if (this.#life) return Promise.resolve();
    this.#waking ??= this.#begin().finally(() => {
      this.#waking = undefined;
    });
    return this.#waking;
  }

  /** Peers are told goodbye and the port closed. Idempotent. */
  async hush(): Promise<void> {
    this.#closing = true;
    this.#cancelPause?.();
    await this.#held?.close();
    this.#held = undefined;
    this.#life?.peers.lost('shutdown');
    this.#life?.publications.lost();
    await this.#life?.worker.hush();
  }

  /**
   * Ends the thread as well; the last thing a program does: taking an isolate down while another runs has been
   * seen to abort Node 24 (`Check failed: jit_page.has_value()`). Idempotent.
   */
  async close(): Promise<void> {
    await this.hush();
    const life = this.#life;
    this.#life = undefined;
    await life?.worker.close();
  }

  async #begin(): Promise<void> {
    const { settings, clock } = this.#options;
    const port = this.#port;
    await this.#held?.close();
    this.#held = undefined;
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
    try {
      await worker.ready();
    } catch (error) {
      await worker.close();
      throw error;
    }
    this.#life = life;
    void worker.ended.then((error) => this.#ended(life, error));
    if (this.#closing) await this.close();
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
      this.awake().catch((error: unknown) => {
        this.#options.log.error('the WebRTC worker could not be started', { error });
        if (!this.#closing) this.#again(Math.min(pause * 2, LAST_PAUSE));
      });
    });
  }
}

function tell({ peers, publications }: Life, news: News): void {
  switch (news.type) {
    case 'connected':
    case 'ended':
    case 'figures':
    case 'taken':
      peers.news(news);
      break;
    default:
      publications.news(news);
  }
}
