import { useCallback, useEffect, useMemo, useState } from 'react';
import type { TimelineView } from './use-timeline-input.ts';
import { around, following, type Visible } from './visible.ts';

/** A visible around `at`, to be moved and zoomed. */
export function useView(at: () => number, span: number): TimelineView {
  const [visible, set] = useState<Visible>(() => around(at(), span));
  const setVisible = useCallback((change: (visible: Visible) => Visible) => set(change), []);
  return useMemo(() => ({ visible, setVisible }), [visible, setVisible]);
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

/** Keeps a moment that goes on inside the visible. */
export function useFollowing({ setVisible }: TimelineView, at: number, wanted: boolean): void {
  useEffect(() => {
    if (wanted) setVisible((visible) => following(visible, at));
  }, [setVisible, at, wanted]);
}
