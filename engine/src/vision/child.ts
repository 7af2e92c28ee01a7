import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Child, ChildEvents, StartChild } from './worker.ts';

const PROGRAM = new URL('../../../vision/src/main.ts', import.meta.url);

/** What of the environment the pixel process is given: no key, no token, no address. */
const KEPT = [
  'PATH',
  'NODE_COMPILE_CACHE',
  'NIGHTJAR_VISION',
  'NIGHTJAR_ENCODER',
  'NIGHTJAR_DATA_DIR',
  'TMPDIR',
];

/** Forks the pixel process, with a pool thread for each core, because each decoder takes one. */
export const forkVision: StartChild = (events) => {
  try {
    return forked(events);
  } catch {
    // Node throws what it does not tell as an event, such as a lack of memory; a life of no length is told alike.
    setImmediate(() => events.exit(null));
    return { pid: undefined, send: () => undefined, kill: () => undefined };
  }
};

function forked({ message, exit }: ChildEvents): Child {
  const kept = KEPT.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  const child = fork(PROGRAM, {
    serialization: 'advanced',
    execArgv: ['--max-semi-space-size=2'],
    env: {
      ...Object.fromEntries(kept),
      UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism() + 2)),
      MALLOC_ARENA_MAX: '2',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let gone = false;
  const end = (code: number | null): void => {
    if (gone) return;
    gone = true;
    exit(code);
  };
  child.on('message', message);
  child.once('exit', end);
  // It could not be started, or not be written to.
  child.on('error', () => {
    if (child.pid === undefined) end(null);
    else child.kill('SIGKILL');
  });
  return {
    pid: child.pid,
    send: (what) => void (child.connected && child.send(what, () => undefined)),
    kill: () => void child.kill('SIGKILL'),
  };
}
