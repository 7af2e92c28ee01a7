import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import { ATTRIBUTE, BINDING } from '../stun/index.ts';
import { alice, mallory, NOW, ours } from '../testing/dtls-pair.ts';
import { TestPeer, type TestPeerOptions } from '../testing/test-peer.ts';
import { Mux, type PeerTransport, type TransportEnd } from './index.ts';

/** A mux on real sockets of `host`, and transports that expect alice. */
async function listen(host = '127.0.0.1') {
  const clock = new FakeClock({ utc: NOW });
  const mux = new Mux({ clock });
  const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  udp.bind(0, host);
  const tcp = createServer((socket) => mux.tcp(socket)).listen(0, host);
  await Promise.all([once(udp, 'listening'), once(tcp, 'listening')]);
  const unbind = mux.udp(udp);
  const ports = { udp: udp.address().port, tcp: (tcp.address() as AddressInfo).port };
  return {
    mux,
    clock,
    unbind,
    peer: (transport: PeerTransport, more: Partial<TestPeerOptions> = {}) => {
      const { protocol = 'udp' } = more;
      return TestPeer.open({
        protocol,
        host,
        port: ports[protocol],
        identity: alice,
        ice: transport.ice,
        ...more,
      });
    },
    transport(early = false) {
      const seen = {
        rtp: [] as Buffer[],
        rtcp: [] as Buffer[],
        ends: [] as [TransportEnd, string][],
        connected: 0,
        wake: (): void => undefined,
      };
      const transport = mux.open({
        identity: ours,
        clock,
        events: {
          onConnected: () => {
            seen.connected++;
          },
          onRtp: (b, start, end) => {
            seen.rtp.push(b.subarray(start, end));
            seen.wake();
          },
          onRtcp: (b, start, end) => {
            seen.rtcp.push(b.subarray(start, end));
            seen.wake();
          },
          onEnd: (...end) => {
            seen.ends.push(end);
            seen.wake();
          },
        },
      });
      if (!early) transport.expect([alice.fingerprint]);
      const until = async (is: () => boolean) => {
        while (!is()) await new Promise<void>((resolve) => Object.assign(seen, { wake: resolve }));
      };
      return { transport, seen, until };
    },
    async [Symbol.asyncDispose]() {
      mux.close();
      udp.close();
      tcp.close();
      await Promise.all([once(udp, 'close'), once(tcp, 'close')]);
      expect(clock.pending).toBe(0);
    },
  };
}

function header(sequence: number): Buffer {
  const b = Buffer.alloc(12, 1);
  b[0] = 0x80;
  b[1] = 96;
  b.writeUInt16BE(sequence, 2);
  return b;
}

function report(): Buffer {
  const b = Buffer.alloc(8, 2);
  b[0] = 0x80;
  b[1] = 201;
  b.writeUInt16BE(1, 2);
  return b;
}

describe('a peer', () => {
  it.each([
    ['udp', 'AEAD_AES_128_GCM'],
    ['udp', 'AES128_CM_HMAC_SHA1_80'],
    ['tcp', 'AEAD_AES_128_GCM'],
    ['tcp', 'AES128_CM_HMAC_SHA1_80'],
  ] as const)(
    'over %s with %s: gets the packets of a frame that are sent together',
    async (protocol, profile) => {
      await using bench = await listen('127.0.0.1');
      const { transport } = bench.transport();
      await using peer = await bench.peer(transport, { protocol, profile });
      await peer.connect();
      const payloads = [1_180, 1_180, 1_180, 1_180, 77].map((bytes, index) => ({
        ...{ data: Buffer.alloc(bytes, index + 1), marker: index === 4, delta: 0 },
      }));
      transport.sendRun({
        ...{ payloadType: 96, ssrc: 7, sequence: 0xfffe, timestamp: 90, extension: undefined, payloads },
      });
      await peer.until(() => peer.rtp.length === 5);
      expect(peer.rtp.map((packet) => packet.readUInt16BE(2))).toEqual([0xfffe, 0xffff, 0, 1, 2]);
      expect(peer.rtp.map((packet) => packet.subarray(12))).toEqual(payloads.map(({ data }) => data));
      expect(peer.rtp.map((packet) => packet[1]! > 127)).toEqual(payloads.map(({ marker }) => marker));
      transport.close();
      await peer.until(() => peer.dtls.alerts.length > 0);
    },
  );

  it.each([
    ['udp', '127.0.0.1', 'AEAD_AES_128_GCM'],
    ['udp', '127.0.0.1', 'AES128_CM_HMAC_SHA1_80'],
    ['udp', '::1', 'AEAD_AES_128_GCM'],
    ['tcp', '127.0.0.1', 'AEAD_AES_128_GCM'],
    ['tcp', '::1', 'AES128_CM_HMAC_SHA1_80'],
  ] as const)(
    'over %s to %s with %s: connects and exchanges packets both ways',
    async (protocol, host, profile) => {
      await using bench = await listen(host);
      const { transport, seen, until } = bench.transport();
      await using peer = await bench.peer(transport, { protocol, profile });
      expect(transport.state).toBe('new');
      await peer.connect();
      expect(transport).toMatchObject({ state: 'connected', profile, path: { protocol, address: host } });
      expect(seen.connected).toBe(1);
      transport.sendRtp(header(1), Buffer.from('picture'), Buffer.from('lead '));
      transport.sendRtcp(report());
      await peer.until(() => peer.rtp.length + peer.rtcp.length === 2);
      expect(peer.rtp).toEqual([Buffer.concat([header(1), Buffer.from('lead picture')])]);
      expect(peer.rtcp).toEqual([report()]);
      peer.sendRtp(header(9), Buffer.from('sound'));
      peer.sendRtcp(report());
      await until(() => seen.rtp.length + seen.rtcp.length === 2);
      expect(seen.rtp).toEqual([Buffer.concat([header(9), Buffer.from('sound')])]);
      expect(seen.rtcp).toEqual([report()]);
      expect(transport.counters).toMatchObject({ refused: 0 });
      transport.close();
      expect(seen.ends).toEqual([['closed', expect.any(String)]]);
      await peer.until(() => peer.dtls.alerts.length > 0);
      expect(peer.dtls.alerts).toEqual([{ level: 1, code: 0, sealed: true }]);
      expect(bench.mux.size).toBe(0);
    },
  );

  it('may begin the handshake before signalling has named its fingerprint', async () => {
    await using bench = await listen();
    const { transport, seen } = bench.transport(true);
    await using peer = await bench.peer(transport);
    peer.check({ nominate: true });
    await peer.until(() => peer.answers.length === 1);
    peer.dtls.hello();
    for (let i = 0; i < 19; i++) peer.raw(Buffer.from([22, 0, 0]));
    // What was sent before the check has come before its answer.
    peer.check();
    await peer.until(() => peer.answers.length === 2);
    expect(transport.counters.refused).toBe(12);
    transport.expect([mallory.fingerprint, alice.fingerprint]);
    await peer.until(() => peer.dtls.connected);
    expect(seen.connected).toBe(1);
    expect(() => transport.expect([alice.fingerprint])).toThrow('only once');
  });

  it('with a certificate that nobody announced is refused and named', async () => {
    await using bench = await listen();
    const { transport, seen, until } = bench.transport();
    await using peer = await bench.peer(transport, { identity: mallory });
    peer.check({ nominate: true });
    await peer.until(() => peer.answers.length === 1);
    peer.dtls.hello();
    await until(() => seen.ends.length > 0);
    expect(seen.ends).toEqual([['fingerprint', expect.stringContaining(mallory.fingerprint.value)]]);
    expect(seen.connected).toBe(0);
  });

  it('moves to another path when it nominates it, and back when that one closes', async () => {
    await using bench = await listen();
    const { transport } = bench.transport();
    await using peer = await bench.peer(transport);
    await peer.connect();
    const first = transport.path!;
    {
      await using other = await bench.peer(transport, { protocol: 'tcp' });
      other.check();
      await other.until(() => other.answers.length === 1);
      expect(transport.path).toBe(first);
      other.check({ nominate: true });
      await other.until(() => other.answers.length === 2);
      expect(transport.path?.protocol).toBe('tcp');
    }
    // Each answer is an occasion to look again.
    peer.check();
    await peer.until(() => {
      if (transport.path === first) return true;
      peer.check();
      return false;
    });
  });

  it('is not led away by a check of its own that somebody repeats from elsewhere', async () => {
    await using bench = await listen();
    const { transport, seen, until } = bench.transport();
    await using peer = await bench.peer(transport);
    await peer.connect();
    const first = transport.path!;
    await using elsewhere = await bench.peer(transport);
    elsewhere.check({ nominate: true });
    await elsewhere.until(() => elsewhere.answers.length === 1);
    elsewhere.raw(Buffer.concat([header(1), Buffer.alloc(40)]));
    elsewhere.check();
    await elsewhere.until(() => elsewhere.answers.length === 2);
    expect(transport.counters.refused).toBe(1);
    expect(transport.path).toBe(first);
    // The peer itself proves that it is there by the first packet it sends.
    elsewhere.raw(peer.sealed(header(1), Buffer.from('from my new address')));
    await until(() => seen.rtp.length === 1);
    expect(transport.path).not.toBe(first);
    expect(transport.path?.protocol).toBe('udp');
  });

  it('keeps eight paths, and the one it uses among them', async () => {
    await using bench = await listen();
    const { transport } = bench.transport();
    await using peer = await bench.peer(transport);
    await peer.connect();
    await using others = new AsyncDisposableStack();
    for (let i = 0; i < 10; i++) {
      const other = others.use(await bench.peer(transport, { protocol: i % 2 ? 'tcp' : 'udp' }));
      other.check();
      await other.until(() => other.answers.length === 1);
    }
    peer.sendRtp(header(1), Buffer.from('x'));
    peer.check();
    await peer.until(() => peer.answers.length === 2);
    expect(transport.counters.refused).toBe(0);
    expect(transport.path?.port).toBeGreaterThan(0);
    transport.sendRtp(header(1), Buffer.from('still here'));
    await peer.until(() => peer.rtp.length === 1);
  });
});

describe('a transport ends', () => {
  it('when nothing came in time', async () => {
    await using bench = await listen();
    const { seen } = bench.transport();
    bench.clock.advance(29_999);
    expect(seen.ends).toEqual([]);
    bench.clock.advance(1);
    expect(seen.ends).toEqual([['timeout', expect.stringContaining('nothing came')]]);
    expect(bench.mux.size).toBe(0);
  });

  it('when checks no longer come, however much else does', async () => {
    await using bench = await listen();
    const { transport, seen, until } = bench.transport();
    await using peer = await bench.peer(transport);
    await peer.connect();
    bench.clock.advance(14_000);
    peer.check();
    await peer.until(() => peer.answers.length === 2);
    bench.clock.advance(14_000);
    expect(seen.ends).toEqual([]);
    peer.sendRtp(header(1), Buffer.from('x'));
    await until(() => seen.rtp.length === 1);
    bench.clock.advance(1_000);
    expect(seen.ends).toEqual([['gone', expect.any(String)]]);
    await peer.until(() => peer.dtls.alerts.length === 1);
  });

  it('when the peer says goodbye, on every path', async () => {
    await using bench = await listen();
    const { transport, seen, until } = bench.transport();
    await using peer = await bench.peer(transport, { protocol: 'tcp' });
    await peer.connect();
    peer.raw(peer.dtls.record(21, Buffer.from([1, 0]), 1));
    await until(() => seen.ends.length > 0);
    expect(seen.ends).toEqual([['peer_closed', expect.any(String)]]);
    await peer.until(() => peer.closed);
    transport.sendRtp(header(5), Buffer.from('to nobody'));
    expect(seen.ends).toHaveLength(1);
  });
});

describe('what belongs to nobody', () => {
  it('is counted and never answered: wrong passwords, unknown names, media without a check', async () => {
    await using bench = await listen();
    const { transport, seen } = bench.transport();
    await using peer = await bench.peer(transport);
    peer.check({ password: 'x'.repeat(24) });
    peer.check({ ufrag: 'unknown0' });
    peer.dtls.hello();
    peer.raw(Buffer.concat([header(1), Buffer.alloc(40)]));
    peer.raw(Buffer.from([0, 1]));
    peer.raw(Buffer.from([70]));
    peer.check();
    await peer.until(() => peer.answers.length > 0);
    expect(peer.answers).toHaveLength(1);
    expect(bench.mux.strays).toBe(6);
    expect(seen.connected).toBe(0);
    expect(transport.counters.received).toBe(0);
  });

  it('learns that we are controlled, and has not proved its address by that', async () => {
    await using bench = await listen();
    const { transport } = bench.transport();
    await using peer = await bench.peer(transport);
    peer.check({ controlled: true });
    await peer.until(() => peer.answers.length === 1);
    expect(peer.answers[0]).toMatchObject({ type: BINDING.error });
    expect(peer.answers[0]!.attributes.get(ATTRIBUTE.errorCode)!.readUInt16BE(2)).toBe(0x457);
    expect(transport).toMatchObject({ state: 'new', path: undefined });
  });

  it('cannot take the address of another peer without its password', async () => {
    await using bench = await listen();
    const [one, two] = [bench.transport(), bench.transport()];
    await using peer = await bench.peer(one.transport);
    await peer.connect();
    peer.check({ ufrag: two.transport.ice.ufrag });
    peer.sendRtp(header(1), Buffer.from('x'));
    await one.until(() => one.seen.rtp.length === 1);
    expect(two.transport.state).toBe('new');
    peer.check({ ufrag: two.transport.ice.ufrag, password: two.transport.ice.password });
    await peer.until(() => peer.answers.length === 2);
    expect(two.transport.state).toBe('checking');
    expect(one.transport.path).toBeUndefined();
  });

  it.each([
    ['sends a frame that nobody needs', Buffer.from([0xff, 0xff, 0, 0])],
    ['speaks HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: nobody\r\n\r\n'.padEnd(20_000))],
    ['begins with a handshake', Buffer.from([0, 3, 22, 0xfe, 0xff])],
  ])('over TCP is closed when it %s', async (_, bytes) => {
    await using bench = await listen();
    const { transport } = bench.transport();
    await using peer = await bench.peer(transport, { protocol: 'tcp' });
    peer.raw(bytes.subarray(2));
    peer.raw(bytes);
    await peer.until(() => peer.closed);
    expect(bench.mux.strays).toBeGreaterThan(0);
  });

  it('over TCP has ten seconds, and the oldest make room for the 257th', async () => {
    await using bench = await listen();
    const { transport } = bench.transport();
    await using peers = new AsyncDisposableStack();
    const opened: TestPeer[] = [];
    for (let i = 0; i < 257; i++) opened.push(peers.use(await bench.peer(transport, { protocol: 'tcp' })));
    await opened[0]!.until(() => opened[0]!.closed);
    const last = opened.at(-1)!;
    last.check();
    await last.until(() => last.answers.length === 1);
    bench.clock.advance(10_000);
    await Promise.all(opened.slice(1, -1).map((peer) => peer.until(() => peer.closed)));
    expect(last.closed).toBe(false);
    expect(bench.mux.strays).toBe(256);
  });
});

it('lets go of a socket, and the peers on it lose their path', async () => {
  await using bench = await listen();
  const { transport } = bench.transport();
  await using peer = await bench.peer(transport);
  await peer.connect();
  bench.unbind();
  expect(transport.path).toBeUndefined();
  transport.sendRtp(header(1), Buffer.from('into the void'));
});
