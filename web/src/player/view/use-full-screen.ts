import { type RefObject, useEffect, useState } from 'react';

/** Full screen of one element. */
export interface FullScreen {
  possible: boolean;
  on: boolean;
  toggle: () => void;
}

/** iPhones show only the video element itself in full screen, by a call of their own. */
type AppleVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

/** Full screen of `box`, or of the video alone where the browser can do no more. */
export function useFullScreen(box: RefObject<Element | null>, video: AppleVideo | null): FullScreen {
  const [on, setOn] = useState(false);
  useEffect(() => {
    const changed = () => setOn(box.current !== null && document.fullscreenElement === box.current);
    document.addEventListener('fullscreenchange', changed);
    return () => document.removeEventListener('fullscreenchange', changed);
  }, [box]);

  const toggle = () => {
    if (!document.fullscreenEnabled) {
      video?.webkitEnterFullscreen?.();
      return;
    }
    const done = on ? document.exitFullscreen() : box.current?.requestFullscreen();
    // Refused by the browser's own rules: the picture stays as it is, which is what a person sees.
    done?.catch(() => undefined);
  };
  return { possible: document.fullscreenEnabled || video?.webkitEnterFullscreen !== undefined, on, toggle };
}
