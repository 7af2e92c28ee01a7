import { expect, it } from 'vitest';
import { openOn } from './model.ts';

const SESSION = {} as Awaited<ReturnType<typeof openOn>>['session'];

/** A runtime that knows these devices and of which some of them work. */
function runtimeWith(known: readonly string[], works: readonly string[]) {
  const tried: string[] = [];
  const create = async (
    _file: unknown,
    { executionProviders: [first] }: { executionProviders: string[] },
  ) => {
    tried.push(first!);
    if (!works.includes(first!)) throw new Error(`no ${first}`);
    return SESSION;
  };
  const listSupportedBackends = () => known.map((name) => ({ name, bundled: true }));
  return { tried, runtime: { InferenceSession: { create }, listSupportedBackends } as never };
}

it.each([
  ['cpu', ['cpu', 'cuda'], ['cpu', 'cuda'], 'cpu', ['cpu']],
  ['cuda', ['cpu', 'cuda'], ['cpu', 'cuda'], 'cuda', ['cuda']],
  ['cuda', ['cpu', 'cuda'], ['cpu'], 'cpu', ['cuda', 'cpu']],
  ['cuda', ['cpu', 'webgpu'], ['cpu'], 'cpu', ['cpu']],
  ['webgpu', ['cpu', 'webgpu'], ['cpu', 'webgpu'], 'webgpu', ['webgpu']],
  ['webgpu', ['cpu', 'webgpu'], ['cpu'], 'cpu', ['webgpu', 'cpu']],
] as const)('asked for %s, of %j, where %j work, it runs on %s', async (device, known, works, on, tries) => {
  const { tried, runtime } = runtimeWith(known, works);
  expect(await openOn(runtime, { device, threads: 1 }, new Uint8Array())).toEqual({
    session: SESSION,
    device: on,
  });
  expect(tried).toEqual(tries);
});

it('a network that nothing takes is none', async () => {
  const { runtime } = runtimeWith(['cpu', 'cuda'], []);
  await expect(openOn(runtime, { device: 'cuda', threads: 1 }, new Uint8Array())).rejects.toThrow(/no cpu/);
});
