import { expect, it } from 'vitest';
import { Choice } from './choice.ts';
import { HARDWARE, type KindName, SOFTWARE } from './kinds.ts';
import { tryOut } from './trial.ts';

/** A machine with these devices, on which some coders work. */
function machine(devices: readonly string[], works: readonly KindName[]) {
  const tried: KindName[] = [];
  const choice = new Choice({
    kinds: HARDWARE,
    devices: async () => devices,
    tryOut: async (name) => {
      tried.push(name);
      return works.includes(name);
    },
  });
  return { tried, choice };
}

it.each<[string, readonly string[], readonly KindName[], KindName, readonly KindName[]]>([
  ['no device', ['null', 'dri/card0'], ['h264_nvenc', 'h264_vaapi'], 'libx264', []],
  ['an NVIDIA card', ['nvidia0', 'nvidiactl'], ['h264_nvenc'], 'h264_nvenc', ['h264_nvenc']],
  ['an Intel chip', ['dri/renderD128'], ['h264_qsv', 'h264_vaapi'], 'h264_qsv', ['h264_qsv']],
  ['an AMD card', ['dri/renderD128'], ['h264_vaapi'], 'h264_vaapi', ['h264_qsv', 'h264_vaapi']],
  [
    'both, and only one works',
    ['nvidia0', 'dri/renderD129'],
    ['h264_vaapi'],
    'h264_vaapi',
    ['h264_nvenc', 'h264_qsv', 'h264_vaapi'],
  ],
  ['a card without its driver', ['nvidia0'], [], 'libx264', ['h264_nvenc']],
])('with %s it is chosen once what codes there', async (_, devices, works, chosen, tries) => {
  const { tried, choice } = machine(devices, works);
  const kinds = await Promise.all([choice.kind(), choice.kind()]);
  expect(kinds.map(({ name }) => name)).toEqual([chosen, chosen]);
  expect(tried).toEqual(tries);
});

it('what fails with a stream is not used again', async () => {
  const { tried, choice } = machine(['nvidia0'], ['h264_nvenc']);
  choice.failed(await choice.kind());
  expect(await choice.kind()).toBe(SOFTWARE);
  choice.failed(SOFTWARE);
  expect(tried).toEqual(['h264_nvenc']);
});

it('a trial tells coders that do what is needed from those that are not there', async () => {
  expect(await tryOut('libx264')).toBe(true);
  // Nothing in a test machine codes pictures; where something does, it does so as it must.
  expect(await tryOut('h264_nvenc')).toBe(false);
  expect(await tryOut('no such coder' as KindName)).toBe(false);
});
