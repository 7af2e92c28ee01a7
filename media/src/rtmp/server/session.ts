import { MalformedError } from '../../bytes/index.ts';
import { type AmfValue, TAG, writeAmf } from '../../flv/index.ts';
import { eachAggregated } from '../aggregate.ts';
import { commandMessage, controlMessage, MEDIA_STREAM, peerBandwidth, userControl } from '../chunk-writer.ts';
import { EVENT, MESSAGE, OUR_CHUNK_SIZE, WINDOW } from '../message.ts';
import { targetOf } from '../url.ts';
import { type Command, ourCommand, readCommand, status, textOf } from './command.ts';
import type {
  RtmpPeer,
  RtmpPlayback,
  RtmpPublication,
  RtmpRefusal,
  RtmpRequest,
  SessionHooks,
} from './hooks.ts';

export interface SessionOptions extends SessionHooks {
  readonly peer: RtmpPeer;
  readonly address: string;
  /** A question about the client was asked, or answered: in between nothing more should be read. */
  readonly onBusy: (busy: boolean) => void;
  /** An error of ours; the client is sent away. */
  readonly onError: (error: unknown) => void;
}

interface Held {
  readonly type: number;
  readonly timestamp: number;
  readonly bytes: Buffer;
}

const FOUR_CCS = ['avc1', 'hvc1', 'av01', 'mp4a', 'Opus'];
const MAX_HELD = 256;

/** One client's dialogue: `connect`, then `publish` or `play` of one stream. */
export class RtmpSession {
  readonly #options: SessionOptions;
  #app: string | undefined;
  #agent = '';
  #publication: RtmpPublication | undefined;
  #playback: RtmpPlayback | undefined;
  #busy = false;
  #over = false;
  /** Media that came while its publisher was being judged: not everybody waits for the answer. */
  #held: Held[] = [];

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get publishing(): boolean {
    return this.#publication !== undefined;
  }

  get playing(): boolean {
    return this.#playback !== undefined;
  }

  /** A question about this client is being answered. */
  get busy(): boolean {
    return this.#busy;
  }

  /** One message. Throws MalformedError. */
  message(type: number, timestamp: number, b: Buffer, start: number, end: number): void {
    if (this.#over) return;
    const take = MEDIA.has(type) ? this.#media : COMMANDS[type];
    if (take) take.call(this, type, timestamp, b, start, end);
  }

  /** The connection is gone or has to go. */
  close(reason: string): void {
    this.#over = true;
    this.#held = [];
    const [publication, playback] = [this.#publication, this.#playback];
    this.#publication = undefined;
    this.#playback = undefined;
    publication?.close(reason);
    playback?.close();
  }

  /** Publication and playback know already: nothing more is taken. */
  ended(): void {
    this.#over = true;
    this.#publication = undefined;
    this.#playback = undefined;
    this.#held = [];
  }

  command(b: Buffer, start: number, end: number): void {
    const command = readCommand(b, start, end);
    if (command) ANSWERS.get(command.name)?.call(this, command);
  }

  #media(type: number, timestamp: number, b: Buffer, start: number, end: number): void {
    if (this.#busy) {
      if (this.#held.length >= MAX_HELD) throw new MalformedError('media before it was asked for', 0);
      this.#held.push({ type, timestamp, bytes: Buffer.from(b.subarray(start, end)) });
    } else if (!this.#publication) return;
    else if (type === MESSAGE.aggregate) eachAggregated(timestamp, b, start, end, this.#publication);
    // AMF3's data message is AMF0 behind one byte.
    else if (type === MESSAGE.amf3Data) this.#publication.tag(TAG.script, timestamp, b, start + 1, end);
    else this.#publication.tag(type, timestamp, b, start, end);
  }

  connect({ transaction, object }: Command): void {
    const { peer } = this.#options;
    const app = textOf(object?.['app']);
    if (this.#app !== undefined) return;
    this.#app = app;
    this.#agent = textOf(object?.['flashVer']).slice(0, 100);
    const encoding = object?.['objectEncoding'];
    peer.write(controlMessage(MESSAGE.windowAckSize, WINDOW));
    peer.write(peerBandwidth(WINDOW));
    peer.write(controlMessage(MESSAGE.setChunkSize, OUR_CHUNK_SIZE));
    const about = { fmsVer: 'FMS/3,0,1,123', capabilities: 31 };
    const welcome: AmfValue = {
      level: 'status',
      code: 'NetConnection.Connect.Success',
      description: 'Connection succeeded.',
      objectEncoding: typeof encoding === 'number' ? encoding : 0,
      ...(object && 'fourCcList' in object ? { fourCcList: FOUR_CCS } : {}),
    };
    peer.write(ourCommand(0, '_result', transaction, about, welcome));
  }

  createStream({ transaction }: Command): void {
    this.#options.peer.write(ourCommand(0, '_result', transaction, null, MEDIA_STREAM));
  }

  /** What needs no more than a yes; some wait for it, others never ask (quirk 61). */
  agree({ name, transaction, values }: Command): void {
    const { peer } = this.#options;
    peer.write(ourCommand(0, '_result', transaction, null, name === 'getStreamLength' ? 0 : undefined));
    if (name !== 'FCPublish') return;
    const about = { code: 'NetStream.Publish.Start', description: textOf(values[0]) };
    peer.write(ourCommand(0, 'onFCPublish', 0, null, about));
  }

  publish({ values }: Command): void {
    this.#ask(values[0], 'NetStream.Publish.BadName', this.#options.publish, (publication) => {
      this.#publication = publication;
      this.#options.peer.write(userControl(EVENT.streamBegin, MEDIA_STREAM));
      this.#options.peer.write(
        status(MEDIA_STREAM, 'status', 'NetStream.Publish.Start', 'The stream is being published.'),
      );
    });
  }

  play({ values }: Command): void {
    this.#ask(values[0], 'NetStream.Play.StreamNotFound', this.#options.play, (playback) => {
      const { peer } = this.#options;
      this.#playback = playback;
      peer.write(userControl(EVENT.streamBegin, MEDIA_STREAM));
      peer.write(status(MEDIA_STREAM, 'status', 'NetStream.Play.Reset', 'Playing and resetting the stream.'));
      peer.write(status(MEDIA_STREAM, 'status', 'NetStream.Play.Start', 'Started playing the stream.'));
      const access = writeAmf('|RtmpSampleAccess', true, true);
      peer.write(
        commandMessage(access, { streamId: MEDIA_STREAM, chunkSize: OUR_CHUNK_SIZE, type: MESSAGE.data }),
      );
      playback.start();
    });
  }

  /** The stream is no longer wanted; the connection may stay. */
  leave(command: Command): void {
    const { peer } = this.#options;
    const [publication, playback] = [this.#publication, this.#playback];
    this.#publication = undefined;
    this.#playback = undefined;
    publication?.close('the publisher ended the stream');
    playback?.close();
    if (publication) {
      peer.write(status(MEDIA_STREAM, 'status', 'NetStream.Unpublish.Success', 'The stream has ended.'));
    }
    if (command.name === 'FCUnpublish') this.agree(command);
  }

  #ask<T extends object>(
    name: AmfValue,
    code: string,
    question: (request: RtmpRequest, peer: RtmpPeer) => Promise<T | RtmpRefusal>,
    grant: (granted: T) => void,
  ): void {
    const { peer, address, onError } = this.#options;
    const target = this.#app === undefined ? undefined : targetOf(this.#app, textOf(name));
    if (!target || this.#busy || this.publishing || this.playing) {
      const refused = target ? 'this connection has a stream already' : 'this is no name of a stream';
      peer.end(code, refused);
      return;
    }
    this.#wait(true);
    const judged = async (): Promise<void> => {
      const answer = await question({ ...target, address, agent: this.#agent }, peer);
      this.#busy = false;
      if ('refused' in answer) {
        if (!this.#over) peer.end(code, answer.refused);
        return;
      }
      if (this.#over) {
        discard(answer);
        return;
      }
      grant(answer);
      this.#release();
      this.#wait(false);
    };
    judged().catch((error: unknown) => {
      this.#busy = false;
      onError(error);
      peer.end(code, 'an internal error');
    });
  }

  #wait(busy: boolean): void {
    this.#busy = busy;
    this.#options.onBusy(busy);
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const { type, timestamp, bytes } of held) this.#media(type, timestamp, bytes, 0, bytes.length);
  }
}

/** Granted to a client that went meanwhile. */
function discard(granted: object): void {
  (granted as RtmpPublication | RtmpPlayback).close('the client went away');
}

type Take = (
  this: RtmpSession,
  type: number,
  timestamp: number,
  b: Buffer,
  start: number,
  end: number,
) => void;

const MEDIA: ReadonlySet<number> = new Set([
  MESSAGE.audio,
  MESSAGE.video,
  MESSAGE.data,
  MESSAGE.amf3Data,
  MESSAGE.aggregate,
]);

const COMMANDS: Readonly<Record<number, Take>> = {
  [MESSAGE.command](_type, _timestamp, b, start, end) {
    this.command(b, start, end);
  },
  // A byte that says how the rest is written, which is AMF0 as a rule.
  [MESSAGE.amf3Command](_type, _timestamp, b, start, end) {
    this.command(b, start + 1, end);
  },
};

/** What each command does; others are passed over. */
const ANSWERS: ReadonlyMap<string, (this: RtmpSession, command: Command) => void> = new Map([
  ['connect', RtmpSession.prototype.connect],
  ['createStream', RtmpSession.prototype.createStream],
  ['releaseStream', RtmpSession.prototype.agree],
  ['FCPublish', RtmpSession.prototype.agree],
  ['FCSubscribe', RtmpSession.prototype.agree],
  ['getStreamLength', RtmpSession.prototype.agree],
  ['_checkbw', RtmpSession.prototype.agree],
  ['publish', RtmpSession.prototype.publish],
  ['play', RtmpSession.prototype.play],
  ['FCUnpublish', RtmpSession.prototype.leave],
  ['deleteStream', RtmpSession.prototype.leave],
  ['closeStream', RtmpSession.prototype.leave],
]);
