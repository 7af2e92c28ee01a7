import { buffer } from 'node:stream/consumers';
import type { Detector } from '@nightjar/contract';
import { packedSize } from '../planes.ts';
import { loadRuntime, Model, ModelError } from './model.ts';

// Reads and runs one network once, in a process that may do nothing else: `check.ts DETECTOR_AS_JSON`, the network's
// bytes on standard input. It says `loaded` when it has what it needs; its answer is one line of JSON,
// `{"ok":true,"ms":12}` or `{"ok":false,"message":"…"}`.

async function check(detector: Detector): Promise<number> {
  loadRuntime();
  const given = buffer(process.stdin);
  process.stdout.write('loaded\n');
  const model = await Model.open(detector, new Uint8Array((await given).buffer));
  const spent = { run: 0, copy: 0 };
  const { width, height } = detector;
  const data = new Uint8Array(packedSize(width, height)).fill(128);
  await model.run([{ data, fit: { left: 0, top: 0, width, height } }], spent);
  await model.free();
  return spent.run;
}

check(JSON.parse(process.argv[2] ?? '{}') as Detector).then(
  (ms) => say({ ok: true, ms: Math.round(ms) }),
  (error: unknown) => {
    if (!(error instanceof ModelError)) throw error;
    say({ ok: false, message: error.message });
  },
);

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
