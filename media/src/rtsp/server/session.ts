import type { Socket } from 'node:net';
import type { RtpJoin, RtpSender } from '../../rtp/index.ts';
import { formatSdp } from '../../sdp/index.ts';
import type { Clock } from '../../stream/index.ts';
import type { HeaderList } from '../wire/message.ts';
import type { Target } from './target.ts';
import { type ChosenTransport, chooseTransport } from './transport-choice.ts';
import type { ServerUdpPorts } from './udp-ports.ts';
import { UdpViewer } from './udp-viewer.ts';
import { PlayViewer } from './viewer.ts';

/** A stream a client may play, held until `release`. */
export interface RtspMount {
  readonly sender: Pick<RtpSender, 'tracks' | 'join'>;
  /** Called once. */
  release(): void;
}

/**
 * Finds what a path plays. `peer`: `host:port` of the client; `query`: of the address, as sent. Undefined: not found, or
 * not for this identity.
 */
export type Resolve = (
  path: string,
  identity: string | undefined,
  peer: string,
  query: string,
) => Promise<RtspMount | undefined>;

export interface PlaySessionOptions {
  readonly id: string;
  readonly target: Target;
  readonly mount: RtspMount;
  readonly socket: Socket;
  /** Absent: TCP only. */
  readonly udp: ServerUdpPorts | undefined;
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

const MAX_SILENT_MS = 60_000;

/** One presentation a connection plays: `Init`, `Ready` and `Playing` of RFC 2326 A.2 by what was set up. */
export class PlaySession {
  readonly #options: PlaySessionOptions;
  readonly #setUp = new Set<number>();
  /** By track index: ends what is heard from the client's ports. */
  readonly #deaf = new Map<number, () => void>();
  /** Of the transport that the first SETUP settled on. */
  #viewer: PlayViewer | UdpViewer | undefined;
  #lastHeard: number;
  #base: string;
  #join: RtpJoin | undefined;
  #closed = false;

  constructor(options: PlaySessionOptions) {
    this.#options = options;
    this.#base = options.target.base;
    this.#lastHeard = options.clock.monotonic();
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
    return this.#viewer?.skipped ?? 0;
  }

  get sent(): number {
    return this.#viewer?.sent ?? 0;
  }

  /** Over UDP a client that is gone is told by its silence: no receiver report and no request for 60 s. */
  isDead(now: number, lastRequest: number): boolean {
    const silent = now - Math.max(this.#lastHeard, lastRequest) > MAX_SILENT_MS;
    return this.playing && this.#viewer instanceof UdpViewer && silent;
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
    const chosen = chooseTransport(transport, 'play', this.#options.udp !== undefined);
    const settled = chosen && this.#settle(trackIndex, chosen);
    if (settled === undefined) return { status: 461 };
    this.#setUp.add(trackIndex);
    this.#base = target.base;
    const ssrc = described.ssrc.toString(16).toUpperCase().padStart(8, '0');
    const answer = `${settled};ssrc=${ssrc};mode="PLAY"`;
    return { status: 200, headers: [['Transport', answer], this.#sessionHeader()] };
  }

  /**
   * Joins the stream. The answer has to be written in the same turn: the media follows in the next microtask.
   */
  play(target: Target): Answer {
    if (!this.started) return { status: 455 };
    const { trackIndex } = target;
    if (trackIndex !== undefined && !this.#setUp.has(trackIndex)) return { status: 455 };
    const playing = trackIndex === undefined ? [...this.#setUp] : [trackIndex];
    for (const index of playing) this.#viewer?.play(index, true);
    const join = this.#join ?? this.#joined(this.#viewer!);
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
      this.#viewer?.play(target.trackIndex, false);
      this.#setUp.delete(target.trackIndex);
      this.#deaf.get(target.trackIndex)?.();
      this.#deaf.delete(target.trackIndex);
      if (this.#setUp.size > 0) return false;
    }
    this.close();
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#join?.leave();
    if (this.#viewer instanceof UdpViewer) this.#viewer.close();
    for (const deaf of this.#deaf.values()) deaf();
    this.#options.mount.release();
  }

  #joined(viewer: PlayViewer | UdpViewer): RtpJoin {
    const { mount, startAt } = this.#options;
    this.#join = mount.sender.join(viewer, startAt === 'cached');
    queueMicrotask(() => viewer.burstDone());
    return this.#join;
  }

  /** What to answer, less the SSRC. Undefined: a session's tracks all travel alike, and ports are one session's. */
  #settle(trackIndex: number, chosen: ChosenTransport): string | undefined {
    if (chosen.kind === 'tcp') {
      this.#viewer ??= new PlayViewer({ ...this.#viewing(), ...this.#options });
      if (!(this.#viewer instanceof PlayViewer)) return undefined;
      // The packets are shared by all viewers, so the channels are ours, whatever the client asked for.
      return `RTP/AVP/TCP;unicast;interleaved=${2 * trackIndex}-${2 * trackIndex + 1}`;
    }
    const { udp, socket, clock } = this.#options;
    const address = socket.remoteAddress;
    if (!udp || address === undefined || this.#setUp.has(trackIndex)) return undefined;
    if (this.#viewer instanceof PlayViewer) return undefined;
    const [rtp, rtcp] = chosen.clientPorts;
    const deaf = udp.listen(address, chosen.clientPorts, () => {
      this.#lastHeard = clock.monotonic();
    });
    if (!deaf) return undefined;
    this.#deaf.set(trackIndex, deaf);
    this.#viewer ??= new UdpViewer({ ...this.#viewing(), ...this.#options, udp, address });
    this.#viewer.assign(trackIndex, chosen.clientPorts);
    return `${chosen.protocol};unicast;client_port=${rtp}-${rtcp};server_port=${udp.ports.join('-')}`;
  }

  #viewing() {
    const { mount, startAt } = this.#options;
    return {
      video: mount.sender.tracks.map(({ track }) => track.kind === 'video'),
      waitForKey: startAt === 'next-key',
    };
  }

  #sessionHeader(): readonly [string, string] {
    return ['Session', `${this.id};timeout=60`];
  }
}
