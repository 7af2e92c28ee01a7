import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Unit } from '@nightjar/contract/vision';
import { REPOSITORY } from '@nightjar/e2e/harness';
import type { ClipTrack } from '@nightjar/media/testing';

/** The pixel process as the engine starts it, ready; SIGKILL ends it. */
export async function startPixelProcess(backend: 'native' | 'command'): Promise<ChildProcess> {
  const child = fork(join(REPOSITORY, 'vision/src/main.ts'), {
    serialization: 'advanced',
    execArgv: ['--max-semi-space-size=2'],
    env: {
      PATH: process.env['PATH'],
      NIGHTJAR_VISION: backend,
      UV_THREADPOOL_SIZE: '4',
      MALLOC_ARENA_MAX: '2',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

export async function endPixelProcess(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** What a decoder must know of a clip. */
export function trackOf(clip: ClipTrack): object {
  const { record, width, height, codec } = clip.format as ClipTrack['format'] & {
    width: number;
    height: number;
  };
  return { codec: codec.name, record, width, height, channels: 0, sampleRate: 0 };
}

/** One picture of a clip that is repeated for ever, `index` counted from its beginning. */
export function unitOf(clip: ClipTrack, index: number): Unit {
  const { key, units } = clip.frames[index % clip.frames.length]!;
  const data = Buffer.concat(units.flatMap((unit) => [lengthOf(unit), unit]));
  return { data, time: Math.round(index * clip.ticksPerFrame), arrival: index, key, show: true };
}

function lengthOf(unit: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(unit.length);
  return length;
}
