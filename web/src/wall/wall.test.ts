import { describe, expect, it } from 'vitest';
import { addCommand } from './empty-state.tsx';
import { lowLatencyFits } from './live-budget.ts';

describe('lowLatencyFits', () => {
  it.each([
    [1, 'http/1.1', true],
    [3, 'http/1.1', true],
    [4, 'http/1.1', false],
    [4, '', false],
    [30, 'h2', true],
    [30, 'h3', true],
  ])('%d pictures over %s: %s', (count, protocol, fits) =>
    expect(lowLatencyFits(count, protocol)).toBe(fits),
  );
});

describe('addCommand', () => {
  it('names this server and sends JSON that the server takes', () => {
    const command = addCommand('https://cams.example:8443');
    expect(command.split(' ')[1]).toBe('https://cams.example:8443/api/streams');
    expect(command).toContain('"Authorization: Bearer $TOKEN"');
    const body = /-d '(.*)'$/s.exec(command)?.[1] ?? '';
    expect(JSON.parse(body)).toEqual({
      id: 'front-door',
      source_url: 'rtsp://user:password@192.168.1.20:554/stream1',
      recording: { enabled: true },
    });
  });
});
