import type { PeerConnection, Track } from 'node-datachannel';

const PAYLOAD_TYPE = 102;
const H264_FMTP = 'profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1';

/** The interface it is reached at, and what it has a decoder for. */
interface ForeignPeerOptions {
  readonly address?: string;
  readonly codec?: 'H264' | 'H265';
}

/** libdatachannel as a viewer: another ICE, DTLS and SRTP than a browser's. Counts the RTP it can decrypt. */
export class ForeignPeer implements AsyncDisposable {
  packets = 0;
  state = 'new';
  /** Where the other end is, once connected. */
  remoteAddress: string | undefined;
  onConnected: (() => void) | undefined;
  onPacket: ((packet: Buffer) => void) | undefined;
  /** Its offer, with every candidate in it. */
  readonly offer: Promise<string>;
  readonly #peer: PeerConnection;
  /** Kept: its listener goes with the object. */
  readonly #track: Track;

  private constructor(peer: PeerConnection, track: Track) {
    this.#peer = peer;
    this.#track = track;
    this.#track.onMessage((packet) => {
      this.packets++;
      this.onPacket?.(packet);
    });
    peer.onStateChange((state) => {
      this.state = state;
      if (state !== 'connected') return;
      this.remoteAddress = peer.getSelectedCandidatePair()?.remote.address;
      this.onConnected?.();
    });
    const { promise, resolve } = Promise.withResolvers<string>();
    peer.onGatheringStateChange((state) => {
      if (state === 'complete') resolve(peer.localDescription()?.sdp ?? '');
    });
    this.offer = promise;
    peer.setLocalDescription();
  }

  static async start(options: ForeignPeerOptions = {}): Promise<ForeignPeer> {
    const { address = '127.0.0.1', codec = 'H264' } = options;
    // Only who needs it loads the native library.
    const library = await import('node-datachannel');
    const peer = new library.PeerConnection('viewer', { iceServers: [], bindAddress: address });
    const video = new library.Video('0', 'RecvOnly');
    if (codec === 'H265') video.addH265Codec(PAYLOAD_TYPE);
    else video.addH264Codec(PAYLOAD_TYPE, H264_FMTP);
    return new ForeignPeer(peer, peer.addTrack(video));
  }

  /** Ends the library's threads, which keep a program alive; no peer may be left. */
  static async release(): Promise<void> {
    (await import('node-datachannel')).cleanup();
  }

  answer(sdp: string): void {
    this.#peer.setRemoteDescription(sdp, 'answer');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#peer.close();
  }
}
