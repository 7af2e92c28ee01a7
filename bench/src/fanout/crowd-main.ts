import { connect, type Socket } from 'node:net';
import { Counts } from './counts.ts';
import type { CrowdOrder } from './crowd.ts';

/**
 * A crowd of viewers in one process: each opens a connection, says what it must, and throws away what comes.
 * Prints what it counted each 200 ms; `gaps` are how often so many milliseconds lay between two reads of one viewer. The order is the first argument, as JSON.
 */
const order = JSON.parse(process.argv[2] ?? '{}') as CrowdOrder;
const counts = new Counts();
const sink = Buffer.allocUnsafe(256 * 1024);

function open(stalls: boolean): void {
  let steps = order.say.slice(1);
  let heard = '';
  const target = 'socketPath' in order.target ? { path: order.target.socketPath } : order.target;
  const read = counts.viewer();
  const onData = (length: number): boolean => {
    read(length);
    // The dialogue of RTSP: each answer is followed by the next request.
    if (steps.length > 0) {
      heard += sink.toString('latin1', 0, Math.min(length, 8192));
      socket.write(answered(steps[0]!, heard));
      steps = steps.slice(1);
    } else if (stalls) socket.pause();
    return true;
  };
  const socket: Socket = connect({ ...target, onread: { buffer: sink, callback: onData } });
  socket.on('connect', () => {
    counts.opened();
    socket.write(order.say[0] ?? '');
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    counts.closed();
  });
}

/** A request may name the session that an earlier answer gave. */
function answered(request: string, heard: string): string {
  return request.replace('{session}', /^Session: *([^;\r\n]+)/im.exec(heard)?.[1] ?? '');
}

for (let i = 0; i < order.count; i++) setTimeout(() => open(i < order.stalled), i * 5);
