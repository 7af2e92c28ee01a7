import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { OutboundPolicy } from '@nightjar/contract/link';
import { SELF_SIGNED } from '@nightjar/media/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cameraSockets, type ResolveName, TargetDeniedError } from './camera-socket.ts';

const LOOPBACK: OutboundPolicy = { allow: ['127.0.0.0/8'], deny: [], ports: [] };
const CLOSED: OutboundPolicy = { allow: [], deny: [], ports: [] };

let camera: Server;
let port: number;
let visits: number;
let asked: string[];

beforeEach(async () => {
  visits = 0;
  asked = [];
  camera = createServer((socket) => {
    visits++;
    socket.end('hello');
  });
  camera.listen(0, '127.0.0.1');
  await once(camera, 'listening');
  ({ port } = camera.address() as AddressInfo);
});

afterEach(() => new Promise<void>((resolve) => camera.close(() => resolve())));

/** A name service that gives these addresses for every name. */
const names =
  (...addresses: string[]): ResolveName =>
  (name, _options, callback) => {
    asked.push(name);
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    setImmediate(() => callback(null, found));
  };

/** What comes of a connection: the text of the camera, or the error. */
async function visit(
  host: string,
  options: {
    policy?: OutboundPolicy;
    own?: string[];
    resolve?: ResolveName;
    port?: number;
    secure?: boolean;
  } = {},
): Promise<string | Error> {
  const buffer = Buffer.alloc(64);
  const { connect } = cameraSockets(
    () => options.policy ?? LOOPBACK,
    { own: options.own ?? [] },
    options.resolve ?? names(),
  );
  let text = '';
  try {
    const socket = connect(
      { host, port: options.port ?? port, secure: options.secure ?? false },
      {
        buffer,
        callback: (length) => {
          text += buffer.toString('utf8', 0, length);
          return true;
        },
      },
    );
    if (options.secure)
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
    return await new Promise<string | Error>((resolve) => {
      socket.on('error', resolve);
      socket.on('close', () => resolve(text));
    });
  } catch (error) {
    return error as Error;
  }
}

describe('a socket to a camera', () => {
  it('is opened to an address that is allowed, and to a name of which all addresses are', async () => {
    expect(await visit('127.0.0.1')).toBe('hello');
    expect(await visit('camera.test', { resolve: names('127.0.0.1') })).toBe('hello');
    expect(await visit('Camera.Test', { resolve: names('127.0.0.1', '127.0.0.1') })).toBe('hello');
    expect(asked).toEqual(['camera.test', 'camera.test']);
    expect(visits).toBe(3);
  });

  it.each([
    '127.0.0.1',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
    '127.1',
    '0177.0.0.1',
    '0x7f000001',
    '2130706433',
    'localhost',
    'x.localhost',
    '0.0.0.0',
    '169.254.169.254',
    '224.0.0.1',
    '8.8.8.8',
    'a b',
    '',
    '127.0.0.1/24',
  ])('is not even tried to %j', async (host) => {
    const error = await visit(host, { policy: CLOSED, resolve: names('127.0.0.1') });
    expect(error).toBeInstanceOf(TargetDeniedError);
    expect(asked).toEqual([]);
    expect(visits).toBe(0);
  });

  it.each([
    [['127.0.0.1']],
    [['10.0.0.1', '127.0.0.1']],
    [['::ffff:127.0.0.1', '10.0.0.1']],
    [['fe80::1%eth0']],
    [['192.168.1.5', '64:ff9b::7f00:1']],
    [['169.254.169.254']],
  ])('is not opened to a name with the addresses %j', async (addresses) => {
    const error = await visit('camera.test', { policy: CLOSED, resolve: names(...addresses) });
    expect(error).toBeInstanceOf(TargetDeniedError);
    expect(visits).toBe(0);
  });

  it("is not opened to this machine's own addresses, unless they are listed", async () => {
    const own = ['192.168.7.7'];
    expect(await visit('192.168.7.7', { policy: CLOSED, own })).toBeInstanceOf(TargetDeniedError);
    expect(await visit('camera.test', { policy: CLOSED, own, resolve: names('192.168.7.7') })).toBeInstanceOf(
      TargetDeniedError,
    );
  });

  it.each([22, 6379, 80])('is not opened to port %i', async (service) => {
    expect(await visit('127.0.0.1', { port: service })).toBeInstanceOf(TargetDeniedError);
  });

  it('is made for RTSP over TLS by the same rules', async () => {
    const camera = createTlsServer(SELF_SIGNED, (socket) => void socket.end('hidden'));
    camera.listen(0, '127.0.0.1');
    await once(camera, 'listening');
    const tlsPort = (camera.address() as AddressInfo).port;
    expect(await visit('127.0.0.1', { port: tlsPort, secure: true, policy: CLOSED })).toBeInstanceOf(
      TargetDeniedError,
    );
    const bound = { port: tlsPort, secure: true, policy: CLOSED, resolve: names('127.0.0.1') };
    expect(await visit('camera.test', bound)).toBeInstanceOf(TargetDeniedError);
    const allowed = { port: tlsPort, secure: true, resolve: names('127.0.0.1') };
    expect(await visit('camera.test', allowed)).toBe('hidden');
    expect(await visit('127.0.0.1', allowed)).toBe('hidden');
    await new Promise<void>((resolve) => camera.close(() => resolve()));
  });

  it.each([
    ['127.0.0.1', 'udp4', true],
    ['::1', 'udp6', false],
    ['10.0.0.5', 'udp4', true],
    ['169.254.169.254', 'udp4', false],
    ['::ffff:169.254.169.254', 'udp6', false],
    ['8.8.8.8', 'udp4', false],
  ] as const)('for datagrams to %s (%s) is made: %s', (host, family, allowed) => {
    const { openUdp } = cameraSockets(() => LOOPBACK, { own: [] });
    if (allowed) openUdp({ host, family }).close();
    else expect(() => openUdp({ host, family })).toThrow(TargetDeniedError);
  });

  it('goes by the policy of the moment, also when it changes while a name is resolved', async () => {
    let policy = LOOPBACK;
    const resolve: ResolveName = (name, options, callback) => {
      policy = CLOSED;
      names('127.0.0.1')(name, options, callback);
    };
    const { connect } = cameraSockets(() => policy, { own: [] }, resolve);
    const socket = connect(
      { host: 'camera.test', port, secure: false },
      { buffer: Buffer.alloc(1), callback: () => true },
    );
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error).toBeInstanceOf(TargetDeniedError);
    expect(visits).toBe(0);
  });

  it('is opened to the address that was checked: the name is asked for once', async () => {
    const answers = ['127.0.0.1', '127.0.0.99'];
    const rebinding: ResolveName = (name, options, callback) =>
      names(answers.shift()!)(name, options, callback);
    expect(
      await visit('camera.test', { policy: { ...CLOSED, allow: ['127.0.0.1'] }, resolve: rebinding }),
    ).toBe('hello');
    expect(asked.length).toBe(1);
  });

  it('fails as the name service does', async () => {
    const missing = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const resolve: ResolveName = (_name, _options, callback) => setImmediate(() => callback(missing, []));
    expect(await visit('camera.test', { resolve })).toBe(missing);
    expect(await visit('camera.test', { resolve: names() })).toMatchObject({ code: 'ENOTFOUND' });
  });
});
