import { parsePorts, parseTransports, type Transport } from '../wire/headers.ts';

/** What a SETUP settles on. */
export type ChosenTransport =
  | { readonly kind: 'tcp'; readonly asked: Transport }
  | {
      readonly kind: 'udp';
      /** As the client wrote it: `RTP/AVP` or `RTP/AVP/UDP`. */
      readonly protocol: string;
      readonly clientPorts: readonly [rtp: number, rtcp: number];
    };

/** Ports below are services of the machine, not of a player on it. */
const FIRST_PORT = 1024;

/**
 * The first alternative of a `Transport` header that we serve: unicast over TCP, or UDP when `udp`. Some clients
 * ask for TCP without channels, some for `RTP/AVP` with them. Undefined: 461.
 */
export function chooseTransport(
  value: string | undefined,
  mode: 'play' | 'record',
  udp: boolean,
): ChosenTransport | undefined {
  for (const transport of parseTransports(value ?? '')) {
    const records = /record|receive/i.test(transport.parameters.get('mode') ?? '');
    if (transport.parameters.has('multicast') || (records && mode === 'play')) continue;
    const chosen = overTcp(transport) ?? (udp ? overUdp(transport) : undefined);
    if (chosen) return chosen;
  }
  return undefined;
}

function overTcp(asked: Transport): ChosenTransport | undefined {
  const { protocol, interleaved } = asked;
  const inside = protocol === 'RTP/AVP/TCP' || (protocol === 'RTP/AVP' && interleaved);
  return inside ? { kind: 'tcp', asked } : undefined;
}

function overUdp({ protocol, parameters }: Transport): ChosenTransport | undefined {
  if (protocol !== 'RTP/AVP' && protocol !== 'RTP/AVP/UDP') return undefined;
  const clientPorts = parsePorts(parameters.get('client_port'));
  const possible = clientPorts && Math.min(...clientPorts) >= FIRST_PORT;
  return possible ? { kind: 'udp', protocol, clientPorts } : undefined;
}
