import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hostCandidates } from '../description/index.ts';
import { routerCapabilities } from '../negotiation/index.ts';
import { alice, ours } from '../testing/dtls-pair.ts';
import { FeedRig, h264Track, opusTrack, rtcpFeedback } from '../testing/feed-rig.ts';
import { TestPeer } from '../testing/test-peer.ts';
import { Mux } from '../transport/index.ts';
import { answerConsume, type ViewingEnd } from './index.ts';

/** A feed behind real sockets on loopback, in the time of a fake clock. */
class Stage implements AsyncDisposable {
  readonly rig = new FeedRig([h264Track(), opusTrack]);
  readonly mux = new Mux({ clock: this.rig.clock });
  readonly ends: ViewingEnd[] = [];
  readonly #udp = createSocket('udp4');
  readonly #tcp = createServer((socket) => this.mux.tcp(socket));

  static async start(): Promise<Stage> {
    const stage = new Stage();
    stage.#udp.bind(0, '127.0.0.1');
    stage.#tcp.listen(0, '127.0.0.1');
    await Promise.all([once(stage.#udp, 'listening'), once(stage.#tcp, 'listening')]);
    stage.mux.udp(stage.#udp);
    return stage;
  }

  /** A client of the consume flow that has connected. */
  async watch(protocol: 'udp' | 'tcp') {
    const ports = { udp: this.#udp.address().port, tcp: (this.#tcp.address() as AddressInfo).port };
    const { viewing, tracks, transport } = answerConsume(
      {
        rtpCapabilities: routerCapabilities,
        feed: this.rig.feed,
        candidates: hostCandidates(['127.0.0.1'], ports),
        onEnd: (end) => void this.ends.push(end),
      },
      {
        mux: this.mux,
        identity: ours,
        clock: this.rig.clock,
        random32: () => Math.floor(Math.random() * 2 ** 32),
      },
    );
    const { usernameFragment: ufrag, password } = transport.iceParameters;
    const at = { protocol, host: '127.0.0.1', port: ports[protocol] };
    const peer = await TestPeer.open({ ...at, identity: alice, ice: { ufrag, password } });
    viewing.transport.expect([alice.fingerprint]);
    await peer.connect();
    const [video] = tracks[0]!.rtpParameters.encodings;
    const pictures = () => peer.rtp.filter((b) => b.readUInt32BE(8) === video!.ssrc);
    const repairs = () => peer.rtp.filter((b) => b.readUInt32BE(8) === video!.rtx?.ssrc);
    return { viewing, peer, ssrc: video!.ssrc, pictures, repairs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.mux.close();
    await Promise.all([
      new Promise<void>((resolve) => this.#udp.close(() => resolve())),
      new Promise<void>((resolve) => this.#tcp.close(() => resolve())),
    ]);
  }
}

/** Resolves in a turn of the loop in which `is` holds, which is not this one. */
async function looked(is: () => boolean): Promise<void> {
  do await setImmediate();
  while (!is());
}

describe('a peer that watches', () => {
  it.each(['udp', 'tcp'] as const)(
    'over %s gets pictures, sound, and again what it lost',
    async (protocol) => {
      await using stage = await Stage.start();
      const { viewing, peer, ssrc, pictures, repairs } = await stage.watch(protocol);
      for (let index = 0; index < 5; index++) stage.rig.picture({ key: index === 0 });
      await peer.until(() => pictures().length >= 7);
      stage.rig.picture();
      stage.rig.sound();
      await peer.until(() => pictures().length >= 8 && peer.rtp.length > pictures().length);
      const lost = pictures()[3]!;
      const entry = Buffer.alloc(4);
      entry.writeUInt16BE(lost.readUInt16BE(2), 0);
      peer.sendRtcp(rtcpFeedback(205, 1, ssrc, entry));
      await peer.until(() => repairs().length === 1);
      expect(repairs()[0]!.subarray(14)).toEqual(lost.subarray(12));
      expect(viewing.path).toMatchObject({ protocol });
      viewing.close();
      expect([stage.mux.size, stage.rig.feed.readerCount, stage.ends]).toEqual([0, 0, ['closed']]);
      await peer[Symbol.asyncDispose]();
      expect(stage.rig.clock.pending).toBeLessThanOrEqual(1);
    },
  );

  it('that stops to read holds less than 128 KiB of its own, and loses its place', async () => {
    await using stage = await Stage.start();
    stage.rig.picture({ key: true });
    const { viewing, peer } = await stage.watch('tcp');
    peer.stall();
    let most = 0;
    for (let index = 0; index < 2_000 && stage.ends.length === 0; index++) {
      stage.rig.picture({ key: index % 50 === 0, bytes: 30_000 });
      most = Math.max(most, viewing.path?.queued ?? 0);
      // It hangs, but its checks go on: it is not gone.
      if (index % 50 === 0) peer.check();
      await setImmediate();
    }
    expect(stage.ends).toEqual(['too_slow']);
    expect(most).toBeGreaterThan(64 * 1024);
    expect(most).toBeLessThan(128 * 1024);
    expect([stage.mux.size, stage.rig.feed.readerCount]).toEqual([0, 0]);
    await peer[Symbol.asyncDispose]();
  });

  it('that stops to read for a while gets what was sent meanwhile as it was sealed, whatever others are sent', async () => {
    await using stage = await Stage.start();
    stage.rig.picture({ key: true });
    const { viewing, peer } = await stage.watch('tcp');
    const others = [await stage.watch('tcp'), await stage.watch('udp')];
    peer.stall();
    for (let behind = 0; behind < 8; behind += Math.sign(viewing.path!.queued)) {
      stage.rig.picture({ bytes: 30_000 });
      // The others take all of it: their memory is used again for the next.
      await looked(() => others.every((other) => other.viewing.path!.queued === 0));
    }
    peer.resume();
    await looked(() => {
      stage.rig.clock.advance(5);
      return viewing.path!.queued === 0 && peer.rtp.length === viewing.figures.packets;
    });
    expect([peer.forged, stage.ends]).toEqual([0, []]);
    expect(others.map((other) => other.peer.forged)).toEqual([0, 0]);
    for (const one of [peer, ...others.map((other) => other.peer)]) await one[Symbol.asyncDispose]();
  });

  it('is told when the stream has B-frames', async () => {
    await using stage = await Stage.start();
    stage.rig.picture({ key: true });
    const { peer } = await stage.watch('udp');
    stage.rig.picture({ slice: 0b1001_1100 });
    expect(stage.ends).toEqual(['reordered']);
    await peer[Symbol.asyncDispose]();
  });
});
