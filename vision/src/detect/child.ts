import { fork } from 'node:child_process';
import type { StartDetector } from './detector-life.ts';
import { Post } from './post.ts';

const PROGRAM = new URL('../detector/main.ts', import.meta.url);

/** What of the environment it is given. */
const KEPT = ['PATH', 'NODE_COMPILE_CACHE', 'NIGHTJAR_DATA_DIR', 'TMPDIR', 'LD_LIBRARY_PATH'];
/** Node's own: no program may be started, no file written. */
const PERMISSIONS = ['--permission', '--allow-addons', '--allow-fs-read=*', '--no-warnings'];

/** Forks the detector process. Where it needs no device, it can open nothing by the time it hears of a network. */
export const forkDetector: StartDetector = ({ message, exit }, device) => {
  const child = fork(PROGRAM, {
    serialization: 'advanced',
    execArgv: [...PERMISSIONS, '--max-semi-space-size=2'],
    env: {
      ...Object.fromEntries(KEPT.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
      MALLOC_ARENA_MAX: '2',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let gone = false;
  const end = (): void => {
    if (gone) return;
    gone = true;
    exit();
  };
  const post = new Post(child, device === 'cpu');
  child.on('message', (said) => {
    if ((said as { type?: unknown } | null)?.type === 'loaded') void post.begin();
    message(said);
  });
  child.once('exit', end);
  // It could not be started, or not be written to.
  child.on('error', () => {
    if (child.pid === undefined) end();
    else child.kill('SIGKILL');
  });
  return { send: (what) => post.send(what), kill: () => void child.kill('SIGKILL') };
};
