import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { confine } from './confine.ts';

/** Tries what a network that broke out would try; closes a descriptor first, so that its number is free. */
const TRIES = `
const { openSync, closeSync } = require('node:fs');
const { connect } = require('node:net');
const file = () => { try { closeSync(openSync('/etc/hostname')); return 'opened'; } catch ({ code }) { return code; } };
const socket = (port) => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1');
  socket.on('connect', () => { socket.destroy(); resolve('connected'); });
  socket.on('error', ({ code }) => resolve(code));
});
process.on('message', async ({ port, free }) => {
  if (free) closeSync(1);
  process.send({ file: file(), socket: await socket(port) });
});
`;

it.runIf(process.platform === 'linux')(
  'a process that is confined opens no file and no socket, and goes on answering',
  async () => {
    await using server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const child = fork('-e', [TRIES], { execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const ask = async (free: boolean): Promise<unknown> => {
      child.send({ port, free });
      return (await once(child, 'message'))[0];
    };
    expect(await ask(false)).toEqual({ file: 'opened', socket: 'connected' });
    expect(await confine(child.pid!)).toBe(true);
    expect(await ask(true)).toEqual({ file: 'EMFILE', socket: 'EMFILE' });
    child.kill('SIGKILL');
  },
);

it('a process that is gone cannot be confined', async () => {
  expect(await confine(2 ** 22 + 1)).toBe(false);
});
