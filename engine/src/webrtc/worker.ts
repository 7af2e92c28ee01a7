import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '@nightjar/media/stream';
import { createIdentity, hostCandidates, Mux } from '@nightjar/media/webrtc';
import { ownAddresses, reachableAddresses } from './addresses.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './messages.ts';
import { PeerHost } from './peer-host.ts';
import { openPorts } from './ports.ts';
import { PublishingHost } from './publish/publishing-host.ts';

const port = parentPort;
if (!port) throw new Error('this program is the worker thread of the engine');
const settings = workerData as WorkerSettings;
const tell = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, [...transfer]);

async function run(): Promise<void> {
  const mux = new Mux({ clock: systemClock });
  const ports = await openPorts({
    ...settings,
    onTcp: (socket) => mux.tcp(socket),
    onUdp: (socket) => mux.udp(socket),
    // A datagram that cannot be sent is lost, like any other on its way: its peer asks again, or is gone.
    onError: () => undefined,
  });
  const surroundings = {
    mux,
    identity: createIdentity(systemClock.utc()),
    clock: systemClock,
    random32: () => randomBytes(4).readUInt32BE(),
    candidates: (local: boolean) => {
      const interfaces = networkInterfaces();
      ports.cover(ownAddresses(interfaces));
      const addresses = reachableAddresses({ ...settings, local, interfaces });
      return hostCandidates(addresses, { udp: ports.port, tcp: ports.port });
    },
    tell,
  };
  const host = new PeerHost(surroundings);
  const publishers = new PublishingHost(surroundings);
  port?.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'publish':
      case 'refresh':
      case 'end_publisher':
        return publishers.take(message);
      case 'exit':
        return port.close();
      case 'close':
        break;
      default:
        return host.take(message);
    }
    host.close();
    publishers.close();
    mux.close();
    void ports.close().then(() => tell({ type: 'closed' }));
  });
  tell({ type: 'ready', port: ports.port });
}

run().catch((error: unknown) => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  tell({ type: 'refused', code, message: error instanceof Error ? error.message : String(error) });
});
