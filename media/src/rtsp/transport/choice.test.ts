import { describe, expect, it } from 'vitest';
import { RtspError, type RtspTransport } from '../errors.ts';
import { TransportChoice } from './choice.ts';

const refused = (transport: RtspTransport) =>
  new RtspError('protocol_error', '461', { status: 461, transport });
const silent = (transport: RtspTransport) => new RtspError('timeout', 'no packet', { transport });

describe('TransportChoice', () => {
  it('goes to the other transport and back, each once before the caller waits', () => {
    const choice = new TransportChoice();
    expect(choice.current).toBe('tcp');
    expect(choice.failed(refused('tcp'))).toBe(true);
    expect(choice.current).toBe('udp');
    expect(choice.failed(silent('udp'))).toBe(false);
    expect(choice.current).toBe('tcp');
    expect(choice.failed(refused('tcp'))).toBe(true);
    expect(choice.current).toBe('udp');
  });

  it.each<[string, unknown]>([
    ['wrong credentials', new RtspError('auth_failed', '401', { status: 401 })],
    ['a lost connection', new RtspError('closed_by_camera', 'gone')],
    ['another transport than the current one', refused('udp')],
    ['an error of the caller', new Error('denied')],
  ])('stays for %s', (_, error) => {
    const choice = new TransportChoice();
    expect(choice.failed(error)).toBe(false);
    expect(choice.current).toBe('tcp');
  });

  it('remembers what works: one silence is the camera’s, a second one in a row the transport’s', () => {
    const choice = new TransportChoice(['udp', 'tcp']);
    choice.works();
    expect(choice.failed(silent('udp'))).toBe(false);
    expect(choice.current).toBe('udp');
    expect(choice.failed(silent('udp'))).toBe(true);
    expect(choice.current).toBe('tcp');
    choice.works();
    expect(choice.failed(refused('tcp'))).toBe(true);
    expect(choice.current).toBe('udp');
  });

  it('with one transport there is nothing to go to', () => {
    const choice = new TransportChoice(['udp']);
    expect(choice.failed(refused('udp'))).toBe(false);
    expect(choice.current).toBe('udp');
    expect(() => new TransportChoice([])).toThrow(RangeError);
  });
});
