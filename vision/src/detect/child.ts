import { fork } from 'node:child_process';
import type { StartDetector } from './detector-life.ts';

const PROGRAM = new URL('../detector/main.ts', import.meta.url);

/** What of the environment it is given. */
const KEPT = ['PATH', 'NODE_COMPILE_CACHE', 'NIGHTJAR_DATA_DIR', 'TMPDIR', 'LD_LIBRARY_PATH'];

/** Forks the detector process. */
export const forkDetector: StartDetector = ({ message, exit }) => {
  const child = fork(PROGRAM, {
    serialization: 'advanced',
    execArgv: ['--max-semi-space-size=2'],
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
  child.on('message', message);
  child.once('exit', end);
  // It could not be started, or not be written to.
  child.on('error', () => {
    if (child.pid === undefined) end();
    else child.kill('SIGKILL');
  });
  return {
    send: (what) => void (child.connected && child.send(what, () => undefined)),
    kill: () => void child.kill('SIGKILL'),
  };
};
