import { aac, h264 } from '../../codecs/index.ts';
import { RtpSender } from '../../rtp/index.ts';
import { type Clock, FrameWriter, MediaStream, SlabPool, type Track } from '../../stream/index.ts';

const VIDEO = new Map([['sprop-parameter-sets', 'Z0IAKeKQFAe2AtwEBAaQeJEV,aM48gA==']]);
const AUDIO = new Map([
  ['config', '1408'],
  ['mode', 'AAC-hbr'],
  ['sizelength', '13'],
  ['indexlength', '3'],
  ['indexdeltalength', '3'],
]);

/** A stream with H.264 and AAC that tests publish frame by frame, and its RTP sender. */
export class PublishedStream {
  readonly stream = new MediaStream({ stamp: () => undefined });
  readonly sender: RtpSender;
  readonly #video: FrameWriter;
  readonly #audio: FrameWriter;
  #frames = 0;

  constructor(clock: Clock) {
    const tracks = [track(1, 'video'), track(2, 'audio')] as const;
    const pool = new SlabPool();
    const push = this.stream.push.bind(this.stream);
    this.#video = new FrameWriter({ track: tracks[0], pool, clock, push });
    this.#audio = new FrameWriter({ track: tracks[1], pool, clock, push });
    this.stream.setTracks(tracks);
    let random = 0x1234_5678;
    this.sender = new RtpSender(this.stream, {
      clock,
      random32: () => {
        random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
        return random;
      },
    });
  }

  /** One video frame of `size` bytes: NAL type 5 or 1, filled with its number. */
  video(key: boolean, size = 5000): void {
    const number = this.#frames++;
    const nal = Buffer.alloc(size, number & 0x7f);
    nal[0] = key ? 0x65 : 0x41;
    this.#video.begin();
    this.#video.nal(nal, 0, nal.length);
    this.#video.finish(number * 3000, number * 3000, key);
  }

  audio(): void {
    const unit = Buffer.alloc(200, 1);
    this.#audio.begin();
    this.#audio.append(unit, 0, unit.length);
    this.#audio.finish(this.#frames * 533, this.#frames * 533, true);
  }

  close(): void {
    this.stream.end();
    this.#video.close();
    this.#audio.close();
  }
}

function track(id: number, kind: Track['kind']): Track {
  const facts = { clockRate: kind === 'video' ? 90000 : 16000, channels: 1 };
  const format =
    kind === 'video'
      ? h264.formatFromSdp({ ...facts, fmtp: VIDEO })
      : aac.formatFromSdp({ ...facts, fmtp: AUDIO });
  if (!format) throw new Error(`no ${kind} format`);
  return { id, kind, format };
}
