import type { RtspErrorCode, RtspTransport } from '../../rtsp/index.ts';
import type { ScriptedAnswer } from '../../rtsp/testing/scripted-camera.ts';
import type { SeenFrame } from '../watcher.ts';
import type { Film, FilmFrame, Part } from './film.ts';

/** One frame on its way out: when after PLAY (ms), with which RTP time, in which payloads. */
export interface Shot {
  readonly track: number;
  readonly index: number;
  readonly at: number;
  readonly timestamp: number;
  readonly frame: FilmFrame;
  readonly parts: readonly Part[];
}

/** One packet on its way out; `raw` bytes go between interleaved packets as they are. */
export interface Send {
  readonly at: number;
  readonly track: number;
  readonly kind: 'rtp' | 'rtcp' | 'raw';
  readonly bytes: Buffer;
}

/** What a hook sees of a request. */
export interface Asked {
  readonly method: string;
  readonly uri: string;
  /** First value of a header field, by lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** Requests of this method so far, over all connections, this one included. */
  readonly count: number;
  /** A number of the connection it came on. */
  readonly connection: number;
  /** Sends bytes at once, before the answer. */
  readonly write: (bytes: Buffer) => void;
  /** Ends the connection. */
  readonly end: () => void;
}

/** How one camera differs from a decent one. Every hook may keep state: each camera gets an object of its own. */
export interface Behaviour {
  readonly film?: Film;
  /** As it stands in the address; '' for none. */
  readonly login?: string;
  /** `/live` when absent. */
  readonly path?: string;
  readonly door?: 'tcp' | 'tls' | 'http';
  /** Transports the client should try in this order. */
  readonly transports?: readonly RtspTransport[];
  readonly sdp?: (lines: readonly string[]) => string;
  readonly answer?: (answer: ScriptedAnswer, asked: Asked) => ScriptedAnswer;
  /** `Transport` of the answer to SETUP, from the one asked for and the camera's UDP ports. */
  readonly transport?: (asked: string, ports: readonly [number, number]) => string;
  readonly shots?: (shots: Iterable<Shot>) => Iterable<Shot>;
  readonly sends?: (sends: Iterable<Send>) => Iterable<Send>;
  /** A packet the client sent inside the connection. */
  readonly received?: (channel: number, bytes: Buffer) => void;
}

/** What has to come of it. */
export interface Outcome {
  /** The session fails, and says this. */
  readonly fails?: { readonly code: RtspErrorCode; readonly says: RegExp };
  /** Kinds that play; those of the film when absent. */
  readonly tracks?: readonly ('video' | 'audio')[];
  /** Frames may be missing, but those that come are the film's, in order. */
  readonly lossy?: boolean;
  /** Frames come, but not as the film has them: only {@link looks} tells. */
  readonly altered?: boolean;
  /** Times rise, but not by the film's distance. */
  readonly uneven?: boolean;
  /** Milliseconds to watch before it is judged; until a dozen frames of each track came when absent. */
  readonly watchMs?: number;
  /** What else is true of what came, as a text where it is not. */
  readonly looks?: (seen: Seen) => string | undefined;
}

/** What a player of the camera got. */
export interface Seen {
  readonly frames: readonly SeenFrame[];
  /** Codec strings and sizes of the tracks, each time they were announced. */
  readonly tracks: readonly (readonly string[])[];
  readonly sessions: number;
}

/** One behaviour of a real device: the number of its row in `docs/reference/cameras.md`, and in words. */
export interface Quirk {
  readonly number: number;
  readonly name: string;
  readonly behave: () => Behaviour;
  readonly outcome: Outcome;
}

export function quirk(
  number: number,
  name: string,
  behave: Behaviour | (() => Behaviour),
  outcome: Outcome = {},
): Quirk {
  return { number, name, behave: typeof behave === 'function' ? behave : () => behave, outcome };
}
