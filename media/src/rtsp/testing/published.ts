import type { Sdp } from '../../sdp/index.ts';
import type { Publication, Publish } from '../server/publication.ts';

/** What a server's publishers did, for tests; lets in whoever `admit` does. */
export class Publications {
  readonly asked: { path: string; identity: string | undefined; key: string | undefined; sdp: Sdp }[] = [];
  readonly recorded: (readonly number[])[] = [];
  /** Track and first payload word of each RTP packet; `rtcp` tracks beside. */
  readonly packets: { readonly track: number; readonly seq: number }[] = [];
  readonly rtcp: number[] = [];
  closed = 0;
  /** Sections of use; all when absent. */
  media: readonly number[] | undefined;
  admit: (key: string | undefined, identity: string | undefined) => boolean = () => true;

  readonly publish: Publish = async ({
    path,
    identity,
    key,
    announced: sdp,
  }): Promise<Publication | undefined> => {
    this.asked.push({ path, identity, key, sdp });
    if (!this.admit(key, identity)) return undefined;
    return {
      media: this.media ?? sdp.media.map((_, index) => index),
      record: (indexes) => {
        this.recorded.push(indexes);
        return {
          rtp: (track, buffer, start) =>
            void this.packets.push({ track, seq: buffer.readUInt16BE(start + 2) }),
          rtcp: (track) => void this.rtcp.push(track),
        };
      },
      close: () => void this.closed++,
    };
  };
}
