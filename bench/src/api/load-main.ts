import { flatOut, type LoadOrder, paced } from './load.ts';

/** Makes the load of its one argument, and prints what it came to: a program of its own, which does nothing else. */
const { target, perSecond, seconds } = JSON.parse(process.argv[2] ?? '') as LoadOrder;
const load =
  perSecond === undefined ? await flatOut(target, seconds) : await paced(target, perSecond, seconds);
process.stdout.write(JSON.stringify(load));
