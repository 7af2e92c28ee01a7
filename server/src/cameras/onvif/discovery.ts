import { randomUUID } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Clock } from '../../kernel/index.ts';
import { OnvifError } from './onvif-error.ts';
import { all, at, type Element, text } from './soap/xml.ts';

/** Who answered a probe; nothing of it is dialled before it is checked. */
export interface FoundDevice {
  /** The address the answer came from. */
  readonly address: string;
  /** Ports of the device's service addresses at that address, without repetition. */
  readonly ports: readonly number[];
  readonly name: string | undefined;
  readonly hardware: string | undefined;
  readonly location: string | undefined;
}

export interface DiscoverOptions {
  readonly clock: Clock;
  /** IPv4 address of the network interface to ask on; the system's choice when absent. */
  readonly interfaceAddress?: string | undefined;
  readonly timeoutMs: number;
  /** Where the question goes; the group of WS-Discovery when absent. */
  readonly target?: { readonly address: string; readonly port: number };
}

const GROUP = { address: '239.255.255.250', port: 3702 };
/** UDP loses: the question is asked again. */
const REPEATS_MS = [0, 250, 1000];
const MAX_DEVICES = 256;
const MAX_DATAGRAM = 16 * 1024;
const SCOPE = /^onvif:\/\/www\.onvif\.org\/(name|hardware|location)\/(.+)$/i;
const TYPES = ['dn:NetworkVideoTransmitter', 'tds:Device'];

/**
 * Asks the own network who speaks ONVIF (WS-Discovery 1.0, ONVIF Core 7.3). Needs the network of the host: a group
 * address does not leave a container's own one.
 * @throws OnvifError `unreachable` where the interface does not exist.
 */
export async function discover(options: DiscoverOptions): Promise<FoundDevice[]> {
  const { clock, interfaceAddress, timeoutMs, target = GROUP } = options;
  const found = new Map<string, FoundDevice>();
  const { parseXml } = await import('./soap/parse-xml.ts');
  const socket = createSocket('udp4');
  const timers: (() => void)[] = [];
  socket.on('message', (bytes, from) => {
    if (bytes.length <= MAX_DATAGRAM)
      take(
        found,
        matchesOf(() => parseXml(bytes.toString('utf8'))),
        from,
      );
  });
  try {
    await bound(socket, interfaceAddress);
    if (interfaceAddress !== undefined) socket.setMulticastInterface(interfaceAddress);
    for (const type of TYPES) {
      const question = probe(type);
      for (const at of REPEATS_MS) timers.push(clock.after(at, () => ask(socket, question, target)));
    }
    await new Promise<void>((resolve) => {
      timers.push(clock.after(timeoutMs, resolve));
    });
  } finally {
    for (const cancel of timers) cancel();
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
  return [...found.values()];
}

function bound(socket: Socket, address: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(new OnvifError('unreachable', 'this machine has no such network interface', { cause: error }));
    socket.once('error', fail);
    socket.bind(0, address, () => {
      socket.off('error', fail);
      // A network that cannot be asked now has nobody who answers.
      socket.on('error', () => undefined);
      resolve();
    });
  });
}

function ask(socket: Socket, question: string, { address, port }: { address: string; port: number }): void {
  socket.send(question, port, address, () => undefined);
}

function probe(type: string): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"',
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"',
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"',
    ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl">',
    `<s:Header><a:MessageID>urn:uuid:${randomUUID()}</a:MessageID>`,
    '<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>',
    '<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action></s:Header>',
    `<s:Body><d:Probe><d:Types>${type}</d:Types></d:Probe></s:Body></s:Envelope>`,
  ].join('');
}

/** Answers of strangers: whatever cannot be read is passed over. */
function take(found: Map<string, FoundDevice>, matches: readonly Match[], from: RemoteInfo): void {
  for (const match of matches) {
    const known = found.get(from.address);
    if (!known && found.size >= MAX_DEVICES) return;
    const scopes = new Map(match.scopes.flatMap(scopeOf));
    const ports = [...new Set([...(known?.ports ?? []), ...match.addresses.flatMap(portOf)])].slice(0, 8);
    found.set(from.address, {
      address: from.address,
      ports,
      name: known?.name ?? scopes.get('name'),
      hardware: known?.hardware ?? scopes.get('hardware'),
      location: known?.location ?? scopes.get('location'),
    });
  }
}

interface Match {
  readonly addresses: readonly string[];
  readonly scopes: readonly string[];
}

function matchesOf(read: () => Element): Match[] {
  try {
    const matches = at(read(), 'Envelope', 'Body', 'ProbeMatches');
    return all(matches, 'ProbeMatch')
      .slice(0, 8)
      .map((match) => ({
        addresses: words(text(match, 'XAddrs')),
        scopes: words(text(match, 'Scopes')),
      }));
  } catch (error) {
    if (error instanceof OnvifError) return [];
    throw error;
  }
}

const words = (list: string | undefined): string[] => (list ?? '').split(/\s+/).filter(Boolean).slice(0, 64);

function scopeOf(scope: string): [string, string][] {
  const [, name, value] = SCOPE.exec(scope) ?? [];
  if (name === undefined || value === undefined) return [];
  try {
    return [[name.toLowerCase(), decodeURIComponent(value).slice(0, 100)]];
  } catch {
    // Not everybody encodes what they write.
    return [[name.toLowerCase(), value.slice(0, 100)]];
  }
}

function portOf(address: string): number[] {
  if (!URL.canParse(address)) return [];
  const { protocol, port } = new URL(address);
  if (protocol !== 'http:' && protocol !== 'https:') return [];
  return [Number(port) || (protocol === 'https:' ? 443 : 80)];
}
