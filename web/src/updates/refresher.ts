import type { Clock } from '../clock/clock.ts';
import type { SocketEvent } from './event-socket.ts';

/** Which answers of the server an event makes old. */
export function keysOf(event: SocketEvent): readonly (readonly string[])[] {
  const stream = typeof event['stream_id'] === 'string' ? event['stream_id'] : null;
  const [group] = event.type.split('.');
  switch (group) {
    case 'stream':
    case 'recording':
      return stream === null ? [['streams']] : [['streams'], ['stream', stream]];
    case 'segment':
      return stream === null ? [] : [['footage', stream]];
    case 'system':
      return [['streams'], ['system']];
    case 'events':
      // The socket was away for a while: anything may have changed.
      return event.type === 'events.gap' ? [['streams'], ['stream'], ['footage']] : [];
    default:
      return [];
  }
}

const TOGETHER_MS = 400;

/** Gathers events for a moment, then says once for each key that it is old. */
export function createRefresher(clock: Clock, refresh: (key: readonly string[]) => void) {
  const old = new Map<string, readonly string[]>();
  let cancel: (() => void) | undefined;
  const flush = () => {
    cancel = undefined;
    const keys = [...old.values()];
    old.clear();
    for (const key of keys) refresh(key);
  };
  return {
    heard: (event: SocketEvent) => {
      for (const key of keysOf(event)) old.set(key.join(' '), key);
      if (old.size > 0) cancel ??= clock.after(TOGETHER_MS, flush);
    },
    close: () => {
      cancel?.();
      old.clear();
    },
  };
}
