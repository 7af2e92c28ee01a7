import { type RefObject, useEffect, useState } from 'react';

const IDLE_MS = 3000;
const EVENTS = ['pointermove', 'pointerdown', 'keydown', 'focusin'] as const;

/** Whether nobody touched, pointed at or typed into the element for 3 s. */
export function useIdle(ref: RefObject<Element | null>): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    let timer = 0;
    const wake = () => {
      clearTimeout(timer);
      setIdle(false);
      timer = window.setTimeout(() => setIdle(true), IDLE_MS);
    };
    wake();
    for (const type of EVENTS) element.addEventListener(type, wake);
    return () => {
      clearTimeout(timer);
      for (const type of EVENTS) element.removeEventListener(type, wake);
    };
  }, [ref]);
  return idle;
}
