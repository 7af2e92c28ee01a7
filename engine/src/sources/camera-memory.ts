import type { DesiredSource } from '@nightjar/contract/link';
import { type KeepAliveHabit, type RtspTransport, TransportChoice } from '@nightjar/media/rtsp';
import type { SourceOptions } from './source.ts';
import { Trust } from './trust.ts';

/** What is known of one camera from one connection to the next. */
export interface CameraMemory {
  readonly choice: TransportChoice;
  readonly trust: Trust;
  /** The transport that brought media in the last session. */
  worked: RtspTransport | undefined;
  readonly keepAlive: KeepAliveHabit;
  /** By how many times, doubled each, the camera was slower to send its first packet than others. */
  slow: number;
  /** false: the camera breaks the session off when it is asked for its sound. */
  sound: boolean;
}

/** Remembers cameras as long as their streams live, and forgets what was learnt at another address. */
export class CameraMemories {
  readonly #known = new WeakMap<SourceOptions['stream'], CameraMemory & { readonly key: string }>();

  of({ stream, source }: Pick<SourceOptions, 'stream' | 'source'>): CameraMemory {
    const key = `${source.transport ?? 'auto'} ${source.url}`;
    const known = this.#known.get(stream);
    if (known?.key === key) return known;
    const choice = new TransportChoice(order(source));
    const keepAlive = { skipped: 0, proven: false };
    const memory = { key, choice, trust: new Trust(), keepAlive, slow: 0, worked: undefined, sound: true };
    this.#known.set(stream, memory);
    return memory;
  }
}

/** Over TLS the media stays inside it: datagrams would show it to everybody on the way. */
function order({ transport = 'auto', url }: DesiredSource): readonly RtspTransport[] {
  if (transport !== 'auto') return [transport];
  return /^rtsps:/i.test(url) ? ['tcp', 'http'] : ['tcp', 'udp', 'http'];
}
