import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { engineSocketPath } from '@nightjar/contract/link';

const MAIN = join(import.meta.dirname, '../main.ts');

export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

/** The engine as a program of its own, on a data folder. */
export class EngineProcess {
  readonly child: ChildProcess;
  stderr = '';
  /** How it ended. */
  readonly ended: Promise<Ending>;
  readonly #socketPath: string;

  constructor(dataDir: string, environment: NodeJS.ProcessEnv = {}, nodeArgs: readonly string[] = []) {
    this.#socketPath = engineSocketPath(dataDir);
    this.child = spawn(process.execPath, [...nodeArgs, MAIN], {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        NIGHTJAR_DATA_DIR: dataDir,
        NIGHTJAR_RTSP_PORT: '0',
        NIGHTJAR_RTSP_HOST: '127.0.0.1',
        NIGHTJAR_RTMP_PORT: '0',
        NIGHTJAR_RTMP_HOST: '127.0.0.1',
        NIGHTJAR_WEBRTC_PORT: '0',
        NIGHTJAR_WEBRTC_HOST: '127.0.0.1',
        // It does not outlive the test that started it.
        NIGHTJAR_PARENT_PIPE: '1',
        ...environment,
      },
    });
    this.child.stderr!.on('data', (data: Buffer) => {
      this.stderr += data.toString();
    });
    this.ended = once(this.child, 'close').then(([code, signal]) => ({ code, signal }) as Ending);
  }

  /** The lines of its log. */
  get log(): { level: string; msg: string; error?: { message: string } }[] {
    const lines = this.stderr.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as { level: string; msg: string });
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves when its door answers. */
  async ready(): Promise<this> {
    for (let i = 0; i < 300 && this.running; i++) {
      if (await answers(this.#socketPath)) return this;
      await pause(50);
    }
    throw new Error(`the engine did not come up: ${this.stderr}`);
  }

  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ending> {
    this.child.kill(signal);
    return this.ended;
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
