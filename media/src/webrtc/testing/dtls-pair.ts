import { FakeClock } from '../../testing/index.ts';
import { createIdentity, type Identity } from '../certificate/index.ts';
import { type DtlsKeys, DtlsServer, type DtlsServerOptions } from '../dtls/index.ts';
import { DtlsClient, type DtlsClientOptions } from './dtls-client.ts';

export const NOW = Date.UTC(2026, 5, 1);

/** Identities are made once: each costs a key pair. */
export const ours: Identity = createIdentity(NOW);
export const alice: Identity = createIdentity(NOW);
export const mallory: Identity = createIdentity(NOW);

export interface Ending {
  readonly end: string;
  readonly detail: string;
}

/** A server and a client that speak to each other at once, unless datagrams are caught on their way. */
export interface DtlsPair {
  readonly server: DtlsServer;
  readonly client: DtlsClient;
  readonly clock: FakeClock;
  /** Keys of each time that the server said it is connected. */
  readonly keys: DtlsKeys[];
  readonly ends: Ending[];
  /** Datagrams of the server, delivered or not. */
  readonly said: Buffer[];
  /** Whether what the server says reaches the client. */
  deaf: boolean;
}

/** The server expects alice; the client is alice, and honest, unless told otherwise. */
export function dtlsPair(
  client: Partial<DtlsClientOptions> = {},
  server: Partial<DtlsServerOptions> = {},
): DtlsPair {
  const clock = new FakeClock({ utc: NOW });
  const pair = { clock, keys: [] as DtlsKeys[], ends: [] as Ending[], said: [] as Buffer[], deaf: false };
  const made: DtlsServer = new DtlsServer({
    identity: ours,
    clock,
    fingerprints: [alice.fingerprint],
    profiles: ['AEAD_AES_128_GCM', 'AES128_CM_HMAC_SHA1_80'],
    events: {
      send: (datagram) => {
        pair.said.push(datagram);
        if (!whole.deaf) whole.client.receive(datagram);
      },
      onConnected: (keys) => pair.keys.push(keys),
      onEnd: (end, detail) => pair.ends.push({ end, detail }),
    },
    ...server,
  });
  const whole: DtlsPair = Object.assign(pair, {
    server: made,
    client: new DtlsClient({ identity: alice, send: (datagram) => made.receive(datagram), ...client }),
  });
  return whole;
}
