import { beforeEach, describe, expect, it } from 'vitest';
import { Attempt } from './attempt.ts';
import { PlaybackError } from './playback.ts';

let faults: string[];
let released: number;
let attempt: Attempt;
beforeEach(() => {
  faults = [];
  released = 0;
  attempt = new Attempt({ onFault: (fault) => faults.push(fault) }, () => released++);
});

describe('an attempt', () => {
  it('that fails before its first picture rejects whoever opened it', async () => {
    attempt.fail('not_found');
    await expect(attempt.opened).rejects.toMatchObject({ fault: 'not_found' });
    expect([faults, released, attempt.over]).toEqual([[], 1, true]);
  });

  it('that fails after it tells whoever watches, once', async () => {
    attempt.picture();
    await attempt.opened;
    attempt.fail('network');
    attempt.fail('media');
    expect([faults, released, attempt.shown]).toEqual([['network'], 1, true]);
  });

  it('that is refused says what was said', async () => {
    attempt.refuse(new PlaybackError('media', { reason: 'B-frames' }));
    attempt.refuse(new PlaybackError('network'));
    await expect(attempt.opened).rejects.toMatchObject({ fault: 'media', reason: 'B-frames' });
    expect(released).toBe(1);
  });

  it('that is closed is released once, and tells nobody', async () => {
    attempt.close();
    attempt.close();
    attempt.fail('network');
    await expect(attempt.opened).rejects.toMatchObject({ fault: 'network' });
    expect([faults, released]).toEqual([[], 1]);
  });
});
