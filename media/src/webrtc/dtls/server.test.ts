import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dtlsPair, mallory, ours } from '../testing/dtls-pair.ts';
import { ALERT, DTLS_1_0, DTLS_1_2, EXTENSION, HANDSHAKE, RECORD } from './constants.ts';
import { GROUPS } from './key-exchange.ts';
import { prf } from './prf.ts';

describe('a handshake', () => {
  it.each([
    ['X25519', GROUPS.x25519],
    ['P-256', GROUPS.secp256r1],
  ])('with %s ends with the same keys on both sides', (_, group) => {
    const { client, server, keys } = dtlsPair({ group });
    client.hello();
    expect(server.state).toBe('connected');
    expect(client.connected).toBe(true);
    expect(client.serverFingerprint).toEqual(ours.fingerprint);
    const [got] = keys;
    expect(got?.profile).toBe('AEAD_AES_128_GCM');
    const material = [got!.client.key, got!.server.key, got!.client.salt, got!.server.salt];
    expect(Buffer.concat(material)).toEqual(client.exported.subarray(0, 56));
  });

  it.each([
    ['GCM first', [1, 7], 7, 56],
    ['CM where the client has no GCM', [8, 1], 1, 60],
  ])('chooses %s', (_, profiles, chosen, bytes) => {
    const { client, keys } = dtlsPair({ profiles });
    client.hello();
    expect(client.chosenProfile).toBe(chosen);
    const { client: theirs, server } = keys[0]!;
    expect(theirs.key.length + theirs.salt.length + server.key.length + server.salt.length).toBe(bytes);
  });

  it('answers 1.2 to a client that would rather speak 1.3', () => {
    const { client, server } = dtlsPair({ versions: [0xfefc, DTLS_1_2] });
    client.hello();
    expect(server.state).toBe('connected');
  });

  it('asks for the cookie first where that is wanted, and takes only that one', () => {
    const cookie = { key: createSecretKey(Buffer.alloc(32, 1)), peer: '192.0.2.1 5000' };
    const { client, server, said } = dtlsPair({}, { cookie });
    client.hello(Buffer.alloc(32, 9));
    expect(said[0]![13]).toBe(HANDSHAKE.helloVerifyRequest);
    expect(server.state).toBe('connected');
    const elsewhere = dtlsPair({}, { cookie: { ...cookie, peer: '192.0.2.2 5000' } });
    elsewhere.deaf = true;
    elsewhere.client.hello(said[0]!.subarray(-32));
    expect(elsewhere.said.map((b) => b[13])).toEqual([HANDSHAKE.helloVerifyRequest]);
  });

  it('keeps every datagram within 1,200 bytes, however long the certificate', () => {
    const big = { ...ours, certificate: Buffer.concat([ours.certificate, Buffer.alloc(5_000)]) };
    const { client, said } = dtlsPair({}, { identity: big });
    client.hello();
    expect(Math.max(...said.map(({ length }) => length))).toBeLessThanOrEqual(1_200);
    expect(said.length).toBeGreaterThan(4);
  });
});

describe('a client that is not trusted', () => {
  const liars: [string, Parameters<typeof dtlsPair>[0], keyof typeof ALERT, string][] = [
    [
      'shows its own certificate, which nobody announced',
      { identity: mallory },
      'bad_certificate',
      'fingerprint',
    ],
    ["shows another's certificate", { forgedKey: mallory.key }, 'decrypt_error', 'handshake'],
    ['has a wrong Finished', { spoilFinished: true }, 'decrypt_error', 'handshake'],
    [
      'has no certificate',
      { tamper: ({ type, body }) => (type === HANDSHAKE.certificate ? Buffer.alloc(3) : body) },
      'handshake_failure',
      'fingerprint',
    ],
    [
      'sends something else as its certificate',
      { tamper: ({ type, body }) => (type === HANDSHAKE.certificate ? Buffer.alloc(body.length, 1) : body) },
      'decode_error',
      'handshake',
    ],
    [
      'signs with an algorithm that was not offered',
      { tamper: ({ type, body }) => (type === HANDSHAKE.certificateVerify ? patched(body, 0, 2) : body) },
      'illegal_parameter',
      'handshake',
    ],
    [
      'sends a point that is none',
      { group: GROUPS.secp256r1, tamper: ({ type, body }) => (type === 16 ? patched(body, 20, 0) : body) },
      'illegal_parameter',
      'handshake',
    ],
    [
      'sends a point of small order',
      { tamper: ({ type, body }) => (type === 16 ? Buffer.from([32, ...Buffer.alloc(32)]) : body) },
      'illegal_parameter',
      'handshake',
    ],
    [
      'hides bytes behind a message',
      { tamper: ({ type, body }) => (type === 16 ? Buffer.concat([body, Buffer.from([0])]) : body) },
      'decode_error',
      'handshake',
    ],
    ['has no SRTP profile of ours', { profiles: [2, 8] }, 'handshake_failure', 'handshake'],
    ['has no SRTP', { without: [EXTENSION.useSrtp] }, 'handshake_failure', 'handshake'],
    ['lacks our suite', { suites: [0xc02c, 0x00ff] }, 'handshake_failure', 'handshake'],
    ['lacks our groups', { group: 0x11ec }, 'handshake_failure', 'handshake'],
    ['lacks our signature', { without: [EXTENSION.signatureAlgorithms] }, 'handshake_failure', 'handshake'],
    [
      'lacks the extended master secret',
      { without: [EXTENSION.extendedMasterSecret] },
      'handshake_failure',
      'handshake',
    ],
    ['speaks 1.3 alone', { versions: [0xfefc] }, 'protocol_version', 'handshake'],
    [
      'speaks 1.0',
      { tamper: ({ type, body }) => (type === 1 ? patched(body, 1, DTLS_1_0 & 255) : body) },
      'protocol_version',
      'handshake',
    ],
    [
      'names an extension twice',
      { tamper: ({ type, body }) => (type === 1 ? twice(body) : body) },
      'decode_error',
      'handshake',
    ],
  ];

  it.each(liars)('that %s is refused', (_, options, alert, end) => {
    const { client, server, keys, ends } = dtlsPair(options);
    client.hello();
    expect(keys).toEqual([]);
    expect(ends).toEqual([{ end, detail: expect.stringMatching(/\w/) }]);
    expect(client.alerts).toEqual([{ level: 2, code: ALERT[alert], sealed: false }]);
    expect(client.connected).toBe(false);
    client.hello();
    expect(server.state).toBe('closed');
  });
});

it('leaves no step out: a client without a proof of its key is refused', () => {
  let records: Buffer[] = [];
  const { client, server, ends } = dtlsPair({
    release: (flight) => {
      records = flight;
      if (flight.length === 1) server.receive(flight[0]!);
    },
  });
  client.hello();
  expect(records).toHaveLength(5);
  // Certificate and key exchange, then something else under the number of CertificateVerify.
  const [certificate, exchange, proof] = records;
  proof![13] = HANDSHAKE.clientKeyExchange;
  server.receive(Buffer.concat([certificate!, exchange!, proof!, records[4]!]));
  expect(ends[0]).toMatchObject({ end: 'handshake', detail: expect.stringContaining('where 15 was due') });
});

describe('datagrams that are lost, late or come twice', () => {
  it('are made good by sending the flight again, ever more slowly', () => {
    const pair = dtlsPair();
    pair.deaf = true;
    pair.client.hello();
    const times: number[] = [];
    let known = pair.said.length;
    expect(known).toBe(1);
    for (let ms = 100; ms <= 10_000; ms += 100) {
      pair.clock.advance(100);
      if (pair.said.length > known) times.push(ms);
      known = pair.said.length;
    }
    expect(times).toEqual([500, 1_500, 3_500, 7_500]);
    pair.deaf = false;
    pair.clock.advance(8_000);
    expect(pair.server.state).toBe('connected');
    expect(pair.clock.pending).toBe(0);
  });

  it('end the attempt when nothing helps', () => {
    const pair = dtlsPair();
    pair.deaf = true;
    pair.client.hello();
    pair.clock.advance(60_000);
    expect(pair.ends).toEqual([{ end: 'timeout', detail: expect.any(String) }]);
    expect(pair.said).toHaveLength(9);
    expect(pair.clock.pending).toBe(0);
  });

  it('are answered again when the client repeats itself, but not for every repeat', () => {
    const hellos: Buffer[] = [];
    const pair = dtlsPair({ release: (records) => hellos.push(...records) });
    pair.client.hello();
    for (let i = 0; i < 100; i++) pair.server.receive(hellos[0]!);
    expect(pair.said).toHaveLength(2);
    pair.clock.advance(50);
    pair.server.receive(hellos[0]!);
    expect(pair.said).toHaveLength(3);
  });

  it('may come in any order, in any pieces', () => {
    const flights: Buffer[][] = [];
    const pair = dtlsPair({ fragment: 40, release: (records) => flights.push(records) });
    pair.client.hello();
    for (const record of flights[0]!.toReversed()) pair.server.receive(record);
    for (const record of flights[1]!.toReversed()) pair.server.receive(record);
    expect(flights[1]!.length).toBeGreaterThan(10);
    expect(pair.server.state).toBe('connected');
    expect(pair.client.connected).toBe(true);
  });

  it('bring the last flight again when the client did not get it', () => {
    const pair = dtlsPair({
      release: (records) => {
        if (records.length > 1) pair.deaf = true;
        for (const record of records) pair.server.receive(record);
      },
    });
    pair.client.hello();
    expect(pair.server.state).toBe('connected');
    expect(pair.client.connected).toBe(false);
    pair.deaf = false;
    pair.server.receive(pair.client.record(RECORD.handshake, repeatedFinished(), 1));
    expect(pair.client.connected).toBe(true);
  });
});

/** Only its number and type are looked at: the record is authentic. */
function repeatedFinished(): Buffer {
  const b = Buffer.alloc(24);
  b[0] = HANDSHAKE.finished;
  b[3] = 12;
  b[5] = 4;
  b[11] = 12;
  return b;
}

describe('after the handshake', () => {
  function connected() {
    const pair = dtlsPair();
    pair.client.hello();
    pair.said.length = 0;
    return pair;
  }

  it('a hello in plaintext changes nothing', () => {
    const { client, server, said, keys, ends } = connected();
    client.hello();
    server.receive(client.record(RECORD.alert, Buffer.from([2, 40]), 0));
    server.receive(client.record(RECORD.alert, Buffer.from([1, ALERT.close_notify]), 0));
    expect({ state: server.state, keys: keys.length, ends, said }).toEqual({
      state: 'connected',
      keys: 1,
      ends: [],
      said: [],
    });
    expect(server.ignored).toBe(3);
  });

  it('a wish to renegotiate is refused, not without end', () => {
    const { client, server, clock } = connected();
    for (let i = 0; i < 100; i++) {
      clock.advance(1_000);
      const hello = client.message(HANDSHAKE.clientHello, Buffer.alloc(60));
      server.receive(client.record(RECORD.handshake, hello, 1));
    }
    expect(server.state).toBe('connected');
    expect(client.alerts).toEqual(Array(8).fill({ level: 1, code: ALERT.no_renegotiation, sealed: true }));
  });

  it('a record that comes twice counts once', () => {
    const { client, server, ends } = connected();
    const warning = client.record(RECORD.alert, Buffer.from([1, 90]), 1);
    for (let i = 0; i < 5; i++) server.receive(warning);
    expect(server.ignored).toBe(4);
    expect(ends).toEqual([]);
  });

  it('a goodbye is answered and ends it; so does a fatal alert', () => {
    const goodbye = connected();
    goodbye.server.receive(goodbye.client.record(RECORD.alert, Buffer.from([1, ALERT.close_notify]), 1));
    expect(goodbye.ends).toEqual([{ end: 'peer_closed', detail: expect.any(String) }]);
    expect(goodbye.client.alerts).toEqual([{ level: 1, code: ALERT.close_notify, sealed: true }]);
    const fatal = connected();
    fatal.server.receive(fatal.client.record(RECORD.alert, Buffer.from([2, 80]), 1));
    expect(fatal.ends[0]).toMatchObject({
      end: 'handshake',
      detail: expect.stringContaining('internal_error'),
    });
  });

  it('we say goodbye once', () => {
    const { client, server, ends, clock } = connected();
    server.close();
    server.close();
    expect(ends).toEqual([{ end: 'closed', detail: expect.any(String) }]);
    expect(client.alerts).toEqual([{ level: 1, code: ALERT.close_notify, sealed: true }]);
    expect(clock.pending).toBe(0);
  });
});

function patched(body: Buffer, at: number, value: number): Buffer {
  const b = Buffer.from(body);
  b[at] = value;
  return b;
}

/** The hello with its last extension (renegotiation_info, 5 bytes) once more. */
function twice(hello: Buffer): Buffer {
  const start = hello.length - 5;
  const b = Buffer.concat([hello, hello.subarray(start)]);
  const extensions = 2 + 32 + 1 + 1 + 2 + 2 + 1 + 1;
  b.writeUInt16BE(b.readUInt16BE(extensions) + 5, extensions);
  return b;
}

it('computes the pseudo-random function', () => {
  const secret = createSecretKey(Buffer.from('9bbe436ba940f017b17652849a71db35', 'hex'));
  const seed = Buffer.from('a0ba9f936cda311827a6f796ffd5198c', 'hex');
  // The published vector of TLS 1.2 with SHA-256.
  expect(prf(secret, 'test label', seed, 100).toString('hex')).toBe(
    'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af' +
      '0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701' +
      '87347b66',
  );
});
