import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/index.ts';
import { discover } from './discovery.ts';

/** Answers probes on loopback, as a device does; `respond` gives the whole answers. */
async function responder(respond: (probe: string) => readonly string[]) {
  const socket: Socket = createSocket('udp4');
  const probes: string[] = [];
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  socket.on('message', (bytes, { port, address }) => {
    probes.push(bytes.toString());
    for (const answer of respond(bytes.toString())) socket.send(answer, port, address);
  });
  const target = { address: '127.0.0.1', port: (socket.address() as AddressInfo).port };
  return {
    target,
    probes,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}

const match = (addresses: string, scopes: string, prefix = 'd') =>
  `<?xml version="1.0"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:${prefix}="http://schemas.xmlsoap.org/ws/2005/04/discovery"><SOAP-ENV:Body><${prefix}:ProbeMatches><${prefix}:ProbeMatch><${prefix}:Scopes>${scopes}</${prefix}:Scopes><${prefix}:XAddrs>${addresses}</${prefix}:XAddrs></${prefix}:ProbeMatch></${prefix}:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>`;
const ask = (target: { address: string; port: number }, interfaceAddress?: string) =>
  discover({ clock: systemClock, timeoutMs: 150, target, interfaceAddress });

describe('who is in the network', () => {
  it('is asked for both kinds of devices, and answers with name and ports', async () => {
    const answer = match(
      'http://10.0.0.5:8899/onvif/device_service http://[fe80::1]/onvif/device_service',
      'onvif://www.onvif.org/name/Front%20door onvif://www.onvif.org/hardware/EYE-2 onvif://www.onvif.org/location/50%',
    );
    await using device = await responder(() => [answer]);
    expect(await ask(device.target, '127.0.0.1')).toEqual([
      { address: '127.0.0.1', ports: [8899, 80], name: 'Front door', hardware: 'EYE-2', location: '50%' },
    ]);
    expect(device.probes.some((probe) => probe.includes('NetworkVideoTransmitter'))).toBe(true);
    expect(device.probes.some((probe) => probe.includes('tds:Device'))).toBe(true);
  });

  it('quirk 70: found through the group on an interface of the host', async () => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    await new Promise<void>((resolve) => socket.bind(3702, '0.0.0.0', resolve));
    socket.addMembership('239.255.255.250', '127.0.0.1');
    socket.on('message', (_bytes, { port, address }) => {
      socket.send(match('http://127.0.0.1:2020/onvif/device_service', '', 'wsdd'), port, address);
    });
    const found = await discover({ clock: systemClock, timeoutMs: 300, interfaceAddress: '127.0.0.1' });
    expect(found).toContainEqual(expect.objectContaining({ address: '127.0.0.1', ports: [2020] }));
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  });

  it.each([
    ['nothing', []],
    ['garbage', ['hello', '\0\0', '<a', '<Envelope/>', match('', '').slice(0, 100)]],
    ['entities', [`<!DOCTYPE a [<!ENTITY b "c">]>${match('http://h/', '')}`]],
    ['too much', [match(`http://h/${'x'.repeat(20_000)}`, '')]],
  ])('%s is nobody', async (_name, answers) => {
    await using device = await responder(() => answers);
    expect(await ask(device.target)).toEqual([]);
  });

  it('an address that is none has no ports', async () => {
    await using device = await responder(() => [
      match('ftp://h/ nonsense http://', 'onvif://www.onvif.org/name/%zz'),
    ]);
    expect(await ask(device.target)).toEqual([
      { address: '127.0.0.1', ports: [], name: '%zz', hardware: undefined, location: undefined },
    ]);
  });

  it('an interface that this machine does not have is told', async () => {
    await expect(ask({ address: '127.0.0.1', port: 9 }, '192.0.2.1')).rejects.toMatchObject({
      fault: 'unreachable',
      message: 'this machine has no such network interface',
    });
  });
});
