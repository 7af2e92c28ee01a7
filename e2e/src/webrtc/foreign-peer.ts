import { PeerConnection, type Track, Video } from 'node-datachannel';

/** libdatachannel as a viewer: another ICE, DTLS and SRTP than a browser's. Counts the RTP it can decrypt. */
export class ForeignPeer implements AsyncDisposable {
  packets = 0;
  state = 'new';
  readonly #peer: PeerConnection;
  #track: Track | undefined;
  readonly #gathered = Promise.withResolvers<string>();

  constructor() {
    this.#peer = new PeerConnection('viewer', { iceServers: [], bindAddress: '127.0.0.1' });
    this.#peer.onStateChange((state) => {
      this.state = state;
    });
    this.#peer.onGatheringStateChange((state) => {
      if (state === 'complete') this.#gathered.resolve(this.#peer.localDescription()?.sdp ?? '');
    });
  }

  /** Its offer, with every candidate in it. */
  async offer(): Promise<string> {
    const video = new Video('0', 'RecvOnly');
    video.addH264Codec(102, 'profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1');
    // Kept: its listener goes with the object.
    this.#track = this.#peer.addTrack(video);
    this.#track.onMessage(() => {
      this.packets++;
    });
    this.#peer.setLocalDescription();
    return this.#gathered.promise;
  }

  answer(sdp: string): void {
    this.#peer.setRemoteDescription(sdp, 'answer');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#peer.close();
  }
}
