import { parentPort } from 'node:worker_threads';
import { Budget } from './budget.ts';
import { copyFile } from './copy.ts';
import { type Failure, MoveError, type Order, type Outcome, type Task } from './messages.ts';
import { openPlace } from './open-place.ts';

const port = parentPort;
if (!port) throw new Error('this program is a worker thread of the server');

const budget = new Budget();

async function carryOut(task: Task): Promise<string | null> {
  if (task.kind === 'copy') return copyFile(task, budget);
  const place = openPlace(task.at);
  try {
    await place.remove(task);
    return null;
  } finally {
    place.close();
  }
}

const failureOf = (error: unknown): Failure =>
  error instanceof MoveError
    ? { kind: error.kind, message: error.message }
    : { kind: 'store', message: `unexpected: ${error instanceof Error ? error.name : 'error'}` };

async function answer({ id, task }: Order): Promise<Outcome> {
  try {
    return { id, ok: true, sha256: await carryOut(task) };
  } catch (error) {
    return { id, ok: false, failure: failureOf(error) };
  }
}

port.on('message', (order: Order) => void answer(order).then((outcome) => port.postMessage(outcome)));
