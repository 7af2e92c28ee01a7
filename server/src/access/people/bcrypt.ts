import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const FORM = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
/** 2^14 rounds take seconds; a hash that asks for more is an attack. */
const MAX_COST = 14;

/** Whether a text is a bcrypt hash that will be worked out. */
export function isBcrypt(hash: string): boolean {
  const cost = Number(FORM.exec(hash)?.[1] ?? 99);
  return cost >= 4 && cost <= MAX_COST;
}

/** bcrypt is pure JavaScript here and takes a tenth of a second and more: in a thread of its own. */
export async function verifyBcrypt(hash: string, password: string): Promise<boolean> {
  if (!isBcrypt(hash)) return false;
  const worker = new Worker(new URL('./bcrypt-worker.ts', import.meta.url), {
    workerData: { hash, password },
  });
  try {
    const [right] = (await once(worker, 'message')) as [unknown];
    return right === true;
  } finally {
    await worker.terminate();
  }
}
