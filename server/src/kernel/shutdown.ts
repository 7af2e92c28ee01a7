import type { Log } from './log.ts';

/** Things to close, last opened first. */
export interface Shutdown {
  add(name: string, close: () => Promise<void> | void): void;
  /** Closes everything once, each part even if one before it failed; settles within `deadlineMs`. */
  run(deadlineMs: number): Promise<void>;
}

export function createShutdown(log: Log): Shutdown {
  const parts: { name: string; close: () => Promise<void> | void }[] = [];
  let running: Promise<void> | undefined;

  const closeAll = async (): Promise<void> => {
    for (const part of parts.toReversed()) {
      try {
        await part.close();
      } catch (error) {
        log.error({ err: error, part: part.name }, 'part did not close');
      }
    }
  };

  return {
    add: (name, close) => void parts.push({ name, close }),
    run(deadlineMs) {
      running ??= new Promise((resolve) => {
        const timer = setTimeout(() => {
          log.error({ deadlineMs }, 'shutdown took too long');
          resolve();
        }, deadlineMs);
        void closeAll().then(() => {
          clearTimeout(timer);
          resolve();
        });
      });
      return running;
    },
  };
}
