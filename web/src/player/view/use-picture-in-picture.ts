import { useEffect, useState } from 'react';

/** A small window of its own over everything else. */
export interface PictureInPicture {
  possible: boolean;
  on: boolean;
  toggle: () => void;
}

/** Picture in picture of a video, where the browser has it. */
export function usePictureInPicture(video: HTMLVideoElement | null): PictureInPicture {
  const [on, setOn] = useState(false);
  useEffect(() => {
    if (video === null) return;
    const changed = () => setOn(document.pictureInPictureElement === video);
    video.addEventListener('enterpictureinpicture', changed);
    video.addEventListener('leavepictureinpicture', changed);
    return () => {
      video.removeEventListener('enterpictureinpicture', changed);
      video.removeEventListener('leavepictureinpicture', changed);
    };
  }, [video]);
  const toggle = () => {
    const done = on ? document.exitPictureInPicture() : video?.requestPictureInPicture();
    // Refused by the browser's own rules, or without a picture yet: all stays as it is.
    done?.catch(() => undefined);
  };
  return { possible: document.pictureInPictureEnabled, on, toggle };
}
