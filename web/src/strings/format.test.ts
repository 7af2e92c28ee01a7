import { describe, expect, it } from 'vitest';
import {
  formatBitrate,
  formatBytes,
  formatDuration,
  formatFramerate,
  formatLoss,
  formatResolution,
  formatSeconds,
  formatTime,
} from './format.ts';

describe('figures in words', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [999_949, '1 MB'],
    [1_540_000, '1.5 MB'],
    [104_857_600, '105 MB'],
    [5_242_880_000, '5.2 GB'],
    [7e15, '7,000 TB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, '0 bit/s'],
    [64_000, '64 kbit/s'],
    [4_096_000, '4.1 Mbit/s'],
    [99_960_000, '100 Mbit/s'],
  ])('%d bit/s are %s', (bits, text) => expect(formatBitrate(bits)).toBe(text));

  it.each([
    [0, '0 s'],
    [59.6, '1 min'],
    [3599, '59 min 59 s'],
    [3600, '1 h'],
    [90_061, '25 h 1 min'],
    [-3, '0 s'],
  ])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it('writes resolutions, frame rates, losses and delays', () => {
    expect(formatResolution('1920x1080')).toBe('1920 × 1080');
    expect(formatResolution('unknown')).toBe('unknown');
    expect(formatFramerate(29.97)).toBe('30 fps');
    expect(formatFramerate(12.5)).toBe('12.5 fps');
    expect(formatLoss(1_000_000, 10)).toBe('10 (< 0.01%)');
    expect(formatLoss(990, 10)).toBe('10 (1%)');
    expect(formatLoss(0, 0)).toBe('0');
    expect(formatSeconds(0.94)).toBe('0.9');
    expect(formatSeconds(2)).toBe('2.0');
  });

  it('adds the date only to another day', () => {
    const now = new Date(2026, 0, 15, 12, 0, 0);
    expect(formatTime(new Date(2026, 0, 15, 9, 5, 7).toISOString(), now)).toBe('09:05:07');
    expect(formatTime(new Date(2026, 0, 14, 0, 5, 7).toISOString(), now)).toBe('Jan 14, 2026, 00:05:07');
    expect(formatTime('never', now)).toBe('never');
  });
});
