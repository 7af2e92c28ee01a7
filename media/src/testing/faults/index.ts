export type { ByteFaults } from './byte-lane.ts';
export type { DatagramFaults } from './datagram-lane.ts';
export { FaultProxy, type FaultProxyOptions } from './fault-proxy.ts';
export { seeded } from './seeded.ts';
export { UdpFaultProxy } from './udp-fault-proxy.ts';
