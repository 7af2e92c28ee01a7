import { describe, expect, it } from 'vitest';
import { formatGoals, formatTable } from './report.ts';

describe('report', () => {
  it('lines columns up', () => {
    const text = formatTable(
      ['what', 'N', 'ms'],
      [
        ['nightjar', '1', '4.86'],
        ['ffmpeg', '30', '5.5'],
      ],
    );
    expect(text.split('\n')).toEqual([
      'what       N    ms',
      '--------  --  ----',
      'nightjar   1  4.86',
      'ffmpeg    30   5.5',
    ]);
  });

  it('says of each goal whether it was met', () => {
    const text = formatGoals([
      { text: 'fast', met: true },
      { text: 'small', met: false },
    ]);
    expect(text).toBe('met      fast\nNOT MET  small');
  });
});
