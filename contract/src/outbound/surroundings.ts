import type { NetworkInterfaceInfo } from 'node:os';
import type { Surroundings } from './verdict.ts';

/** Bridges behind which containers and virtual machines of this machine live. */
const BRIDGE = /^(docker|br-|cni|podman|lxcbr|lxdbr|virbr|cali|flannel|kube|vnic)/;

/** This machine's own addresses and its containers' subnets, from what `os.networkInterfaces()` answers. */
export function surroundingsOf(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): Surroundings {
  const own: string[] = [];
  for (const [name, addresses = []] of Object.entries(interfaces)) {
    for (const { address, cidr, internal } of addresses) {
      if (internal) continue;
      const plain = address.split('%')[0] ?? address;
      own.push(BRIDGE.test(name) && cidr ? cidr : plain);
    }
  }
  return { own };
}
