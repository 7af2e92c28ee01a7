import { expect, it } from 'vitest';
import { type Buffer, LiveBuffer } from './live-buffer.ts';

class FakeBuffer extends EventTarget implements Buffer {
  updating = false;
  ranges: [number, number][] = [];
  readonly done: string[] = [];
  full = false;

  get buffered(): TimeRanges {
    const { ranges } = this;
    return { length: ranges.length, start: (i) => ranges[i]![0], end: (i) => ranges[i]![1] };
  }
  appendBuffer(data: ArrayBuffer): void {
    if (this.full) throw new DOMException('full', 'QuotaExceededError');
    this.updating = true;
    this.done.push(`append ${data.byteLength}`);
  }
  remove(start: number, end: number): void {
    this.updating = true;
    this.done.push(`remove ${start} ${end}`);
    this.ranges = [[end, this.ranges.at(-1)![1]]];
  }
  changeType(mime: string): void {
    this.done.push(`change ${mime}`);
  }
  finish(): void {
    this.updating = false;
    this.dispatchEvent(new Event('updateend'));
  }
}

function world() {
  const buffer = new FakeBuffer();
  const calls = { appended: 0, failed: 0 };
  const at = { position: 0 };
  const live = new LiveBuffer(buffer, {
    position: () => at.position,
    appended: () => {
      calls.appended++;
    },
    failed: () => {
      calls.failed++;
    },
  });
  return { buffer, live, calls, at };
}

it('appends one thing after the other, type changes in their place', () => {
  const { buffer, live, calls } = world();
  live.append(new ArrayBuffer(1));
  live.append(new ArrayBuffer(2));
  live.change('video/mp4');
  live.append(new ArrayBuffer(3));
  expect(buffer.done).toEqual(['append 1']);
  buffer.finish();
  buffer.finish();
  buffer.finish();
  expect(buffer.done).toEqual(['append 1', 'append 2', 'change video/mp4', 'append 3']);
  expect(calls).toEqual({ appended: 3, failed: 0 });
});

it('removes what was shown long ago before it appends more', () => {
  const { buffer, live, at } = world();
  buffer.ranges = [[0, 20]];
  at.position = 19.9;
  live.append(new ArrayBuffer(1));
  buffer.finish();
  expect(buffer.done).toEqual(['remove 0 14.899999999999999', 'append 1']);
  expect([live.start, live.end]).toEqual([14.899999999999999, 20]);
});

it.each([
  [
    'the browser is out of memory',
    ({ buffer, live }: ReturnType<typeof world>) => {
      buffer.full = true;
      live.append(new ArrayBuffer(1));
    },
  ],
  [
    'the element is in error',
    ({ buffer }: ReturnType<typeof world>) => {
      buffer.dispatchEvent(new Event('error'));
    },
  ],
  [
    'nothing is taken any more',
    ({ live }: ReturnType<typeof world>) => {
      for (let i = 0; i < 40; i++) live.append(new ArrayBuffer(1024 * 1024));
    },
  ],
])('fails once when %s', (_why, break_) => {
  const all = world();
  break_(all);
  all.live.append(new ArrayBuffer(1));
  all.buffer.finish();
  expect(all.calls.failed).toBe(1);
});
