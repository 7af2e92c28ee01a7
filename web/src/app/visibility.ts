import { useEffect, useState, useSyncExternalStore } from 'react';

function onVisibility(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

/** Whether the page has been in a hidden tab or window for `graceMs`. */
export function usePageHidden(graceMs = 0): boolean {
  const hidden = useSyncExternalStore(onVisibility, () => document.hidden);
  const [long, setLong] = useState(false);
  useEffect(() => {
    if (!hidden) return;
    const timer = setTimeout(() => setLong(true), graceMs);
    return () => {
      clearTimeout(timer);
      setLong(false);
    };
  }, [hidden, graceMs]);
  return hidden && (graceMs === 0 || long);
}
