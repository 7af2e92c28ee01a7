import { useCallback, useEffect, useMemo, useState } from 'react';
import type { TimelineView } from './use-timeline-input.ts';
import { around, following, type Window } from './window.ts';

/** A window around `at`, to be moved and zoomed. */
export function useView(at: () => number, span: number): TimelineView {
  const [window, set] = useState<Window>(() => around(at(), span));
  const setWindow = useCallback((change: (window: Window) => Window) => set(change), []);
  return useMemo(() => ({ window, setWindow }), [window, setWindow]);
}

/** Time that goes on while somebody looks, every `everyMs`. */
export function useNow(everyMs: number, read: () => number = () => Date.now()): number {
  const [now, setNow] = useState(read);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(read());
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, read]);
  return now;
}

/** Keeps a moment that goes on inside the window. */
export function useFollowing({ setWindow }: TimelineView, at: number, wanted: boolean): void {
  useEffect(() => {
    if (wanted) setWindow((window) => following(window, at));
  }, [setWindow, at, wanted]);
}
