import { connect, type Socket } from 'node:net';
import type { CrowdOrder } from './crowd.ts';

/**
 * A crowd of viewers in one process: each opens a connection, says what it must, and throws away what comes.
 * Prints what it counted each 200 ms; `gaps` are how often so many milliseconds lay between two reads of one viewer. The order is the first argument, as JSON.
 */
const order = JSON.parse(process.argv[2] ?? '{}') as CrowdOrder;
const counted = { bytes: 0, first: 0, alive: 0, closed: 0, gaps: {} as Record<number, number> };
const sink = Buffer.allocUnsafe(256 * 1024);

function open(stalls: boolean): void {
  let begun = false;
  let steps = order.say.slice(1);
  let heard = '';
  const target = 'socketPath' in order.target ? { path: order.target.socketPath } : order.target;
  let last = 0;
  const onData = (length: number): boolean => {
    counted.bytes += length;
    const now = performance.now();
    if (last > 0) {
      const gap = Math.round(now - last);
      counted.gaps[gap] = (counted.gaps[gap] ?? 0) + 1;
    }
    last = now;
    if (!begun) {
      begun = true;
      counted.first++;
    }
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
    counted.alive++;
    socket.write(order.say[0] ?? '');
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    counted.alive--;
    counted.closed++;
  });
}

/** A request may name the session that an earlier answer gave. */
function answered(request: string, heard: string): string {
  return request.replace('{session}', /^Session: *([^;\r\n]+)/im.exec(heard)?.[1] ?? '');
}

for (let i = 0; i < order.count; i++) setTimeout(() => open(i < order.stalled), i * 5);
setInterval(() => console.log(JSON.stringify(counted)), 200);
process.stdin.on('end', () => process.exit(0)).resume();
