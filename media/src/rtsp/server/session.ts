import type { Socket } from 'node:net';
import type { RtpJoin, RtpSender } from '../../rtp/index.ts';
import { formatSdp } from '../../sdp/index.ts';
import type { Clock } from '../../stream/index.ts';
import { parseTransports } from '../wire/headers.ts';
import type { HeaderList } from '../wire/message.ts';
import type { Target } from './target.ts';
import { PlayViewer } from './viewer.ts';

/** A stream a client may play, held until `release`. */
export interface RtspMount {
  readonly sender: Pick<RtpSender, 'tracks' | 'join'>;
  /** Called once. */
  release(): void;
}

export interface PlaySessionOptions {
  readonly id: string;
  readonly target: Target;
  readonly mount: RtspMount;
  readonly socket: Socket;
  readonly clock: Clock;
  readonly startAt: 'cached' | 'next-key';
  readonly onTooSlow: () => void;
  readonly onEnd: () => void;
}

/** A status with the header fields and body that go with it. */
export interface Answer {
  readonly status: number;
  readonly headers?: HeaderList;
  readonly body?: string;
}

/** One presentation a connection plays: `Init`, `Ready` and `Playing` of RFC 2326 A.2 by what was set up. */
export class PlaySession {
  readonly #options: PlaySessionOptions;
  readonly #setUp = new Set<number>();
  readonly #viewer: PlayViewer;
  #base: string;
  #join: RtpJoin | undefined;
  #closed = false;

  constructor(options: PlaySessionOptions) {
    this.#options = options;
    this.#base = options.target.base;
    const { socket, clock, mount, startAt, onTooSlow, onEnd } = options;
    this.#viewer = new PlayViewer({
      socket,
      clock,
      video: mount.sender.tracks.map(({ track }) => track.kind === 'video'),
      waitForKey: startAt === 'next-key',
      onTooSlow,
      onEnd,
    });
  }

  get id(): string {
    return this.#options.id;
  }

  get path(): string {
    return this.#options.target.path;
  }

  /** A track was set up: from here the client knows the session id. */
  get started(): boolean {
    return this.#setUp.size > 0;
  }

  get playing(): boolean {
    return this.#join !== undefined;
  }

  get skipped(): number {
    return this.#viewer.skipped;
  }

  get sent(): number {
    return this.#viewer.sent;
  }

  describe(target: Target): Answer {
    const { tracks } = this.#options.mount.sender;
    if (tracks.length === 0) return { status: 503 };
    this.#base = target.base;
    const body = formatSdp({
      name: this.path,
      sessionId: String(Number.parseInt(this.id.slice(0, 12), 16)),
      tracks: tracks.map(({ track, payloadType }, index) => {
        return { track, payloadType, control: `trackID=${index}` };
      }),
    });
    const headers = [
      ['Content-Base', `${target.base}/`] as const,
      ['Content-Type', 'application/sdp'] as const,
    ];
    return { status: 200, headers, body };
  }

  setup(target: Target, transport: string | undefined): Answer {
    const { tracks } = this.#options.mount.sender;
    if (this.playing) return { status: 455 };
    const trackIndex = target.trackIndex ?? (tracks.length === 1 ? 0 : undefined);
    if (trackIndex === undefined) return { status: 459 };
    const described = tracks[trackIndex];
    if (!described) return { status: 404 };
    if (!offersTcp(transport ?? '')) return { status: 461 };
    this.#setUp.add(trackIndex);
    this.#base = target.base;
    // The packets are shared by all viewers, so the channels are ours, whatever the client asked for.
    const channels = `${2 * trackIndex}-${2 * trackIndex + 1}`;
    const ssrc = described.ssrc.toString(16).toUpperCase().padStart(8, '0');
    const chosen = `RTP/AVP/TCP;unicast;interleaved=${channels};ssrc=${ssrc};mode="PLAY"`;
    return { status: 200, headers: [['Transport', chosen], this.#sessionHeader()] };
  }

  /**
   * Joins the stream. The answer has to be written in the same turn: the media follows in the next microtask.
   */
  play(target: Target): Answer {
    if (!this.started) return { status: 455 };
    const { trackIndex } = target;
    if (trackIndex !== undefined && !this.#setUp.has(trackIndex)) return { status: 455 };
    const playing = trackIndex === undefined ? [...this.#setUp] : [trackIndex];
    for (const index of playing) this.#viewer.play(index, true);
    const join = this.#join ?? this.#joined();
    const infos = join.tracks
      .filter((track) => playing.includes(track.trackIndex))
      .map(({ trackIndex: index, seq, rtptime }) => {
        return `url=${this.#base}/trackID=${index};seq=${seq};rtptime=${rtptime}`;
      });
    const headers = [['RTP-Info', infos.join(',')], this.#sessionHeader(), ['Range', 'npt=0.000-']] as const;
    return { status: 200, headers };
  }

  /** One track, or everything. @returns whether the session is over. */
  teardown(target: Target): boolean {
    if (target.trackIndex !== undefined) {
      this.#viewer.play(target.trackIndex, false);
      this.#setUp.delete(target.trackIndex);
      if (this.#setUp.size > 0) return false;
    }
    this.close();
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#join?.leave();
    this.#options.mount.release();
  }

  #joined(): RtpJoin {
    const { mount, startAt } = this.#options;
    this.#join = mount.sender.join(this.#viewer, startAt === 'cached');
    queueMicrotask(() => this.#viewer.burstDone());
    return this.#join;
  }

  #sessionHeader(): readonly [string, string] {
    return ['Session', `${this.id};timeout=60`];
  }
}

/** Some clients ask for TCP without channels, some for `RTP/AVP` with them; recording is not offered here. */
function offersTcp(transport: string): boolean {
  return parseTransports(transport).some(({ protocol, parameters, interleaved }) => {
    if (/record/i.test(parameters.get('mode') ?? '')) return false;
    return protocol === 'RTP/AVP/TCP' || (protocol === 'RTP/AVP' && interleaved !== undefined);
  });
}
