import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** What a run of requests came to. */
export interface Load {
  /** Milliseconds from the moment a request was due to its last byte. */
  readonly latencies: readonly number[];
  readonly failed: number;
  readonly seconds: number;
}

export interface Target {
  readonly url: string;
  readonly token: string;
}

/** What a program of load is told to do. */
export interface LoadOrder {
  readonly target: Target;
  /** Absent: as many as are answered. */
  readonly perSecond?: number;
  readonly seconds: number;
}

const CONNECTIONS = 32;

function ask({ url, token }: Target, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode === 200));
      response.once('error', () => resolve(false));
    });
    request.once('error', () => resolve(false));
  });
}

async function withAgent(run: (agent: Agent) => Promise<Load>): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    return await run(agent);
  } finally {
    agent.destroy();
  }
}

/** Requests that are due at even distances, whether the ones before are answered or not. */
export const paced = (target: Target, perSecond: number, seconds: number): Promise<Load> =>
  withAgent(async (agent) => {
    const latencies: number[] = [];
    const open: Promise<void>[] = [];
    let failed = 0;
    const began = performance.now();
    for (let n = 0; n < perSecond * seconds; n++) {
      const due = began + (n * 1000) / perSecond;
      const wait = due - performance.now();
      if (wait > 1) await pause(wait);
      open.push(
        ask(target, agent).then((good) => {
          if (good) latencies.push(performance.now() - due);
          else failed++;
        }),
      );
    }
    await Promise.all(open);
    return { latencies, failed, seconds: (performance.now() - began) / 1000 };
  });

/** As many requests as are answered, a few at a time. */
export const flatOut = (target: Target, seconds: number): Promise<Load> =>
  withAgent(async (agent) => {
    const latencies: number[] = [];
    let failed = 0;
    const began = performance.now();
    const until = began + seconds * 1000;
    const client = async (): Promise<void> => {
      for (let at = performance.now(); at < until; at = performance.now()) {
        if (await ask(target, agent)) latencies.push(performance.now() - at);
        else failed++;
      }
    };
    await Promise.all(Array.from({ length: 8 }, client));
    return { latencies, failed, seconds: (performance.now() - began) / 1000 };
  });
