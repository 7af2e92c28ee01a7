import type { Clock } from '@nightjar/media/stream';
import {
  answerWhip,
  type HostCandidate,
  NothingToReceiveError,
  OfferError,
  type Publishing,
  type PublishingSurroundings,
} from '@nightjar/media/webrtc';
import type { CallFault, FromWorker, ToWorker, WhipCall } from '../messages.ts';
import { PacketBatch } from './packet-batch.ts';

export interface PublishingHostOptions extends PublishingSurroundings {
  readonly clock: Clock;
  readonly candidates: (local: boolean) => readonly HostCandidate[];
  readonly tell: (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;
}

/** The peers that publish, in the worker: what they send goes to the engine's main thread as RTP. */
export class PublishingHost {
  readonly #options: PublishingHostOptions;
  readonly #sessions = new Map<string, Publishing>();

  constructor(options: PublishingHostOptions) {
    this.#options = options;
  }

  take(message: Extract<ToWorker, { type: 'publish' | 'refresh' | 'end_publisher' }>): void {
    if (message.type === 'publish') this.#call(message.id, message.call);
    else if (message.type === 'refresh') this.#sessions.get(message.session)?.refresh();
    else this.#sessions.get(message.session)?.close();
  }

  close(): void {
    for (const session of [...this.#sessions.values()]) session.close();
  }

  #call(id: number, call: WhipCall): void {
    try {
      this.#options.tell({ type: 'result', id, result: this.#open(call) });
    } catch (error) {
      this.#options.tell({ type: 'fault', id, ...faultOf(error) });
    }
  }

  #open({ session, offer, local }: WhipCall) {
    const { clock, tell, candidates } = this.#options;
    const batch = new PacketBatch(clock, (bytes) => {
      tell({ type: 'media', session, bytes }, [bytes.buffer]);
    });
    const { publishing, answer, tracks } = answerWhip(
      {
        offer,
        candidates: candidates(local),
        events: {
          onConnected: () => tell({ type: 'publisher_connected', session }),
          onRtp: (track, packet) => batch.add(track, 'rtp', packet),
          onReport: (track, report) => batch.add(track, 'rtcp', report),
          onEnd: (end, detail) => {
            this.#sessions.delete(session);
            batch.flush();
            tell({ type: 'publisher_ended', session, end, detail });
          },
        },
      },
      this.#options,
    );
    this.#sessions.set(session, publishing);
    return { answer, tracks };
  }
}

function faultOf(error: unknown): { fault: CallFault; message: string } {
  if (error instanceof OfferError) return { fault: 'malformed', message: error.message };
  if (error instanceof NothingToReceiveError) return { fault: 'not_playable', message: error.message };
  return {
    fault: 'internal',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}
