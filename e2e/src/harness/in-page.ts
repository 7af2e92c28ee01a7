/** What of a browser's own objects is used inside the page; this room is compiled without the DOM's types. */
export interface PageVideo {
  readonly videoWidth: number;
  readonly videoHeight: number;
  readonly currentTime: number;
  readonly muted: boolean;
  requestVideoFrameCallback(callback: (now: number, facts: { presentedFrames: number }) => void): number;
}

interface PageCanvas {
  width: number;
  height: number;
  getContext(
    kind: '2d',
    options: { willReadFrequently: true },
  ): {
    drawImage(video: PageVideo, x: number, y: number, width: number, height: number): void;
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
  };
}

export interface PageGlobal {
  readonly document: { createElement(name: 'canvas'): PageCanvas };
}

/** What a video element showed for a while. */
export interface PlaybackFacts {
  readonly width: number;
  readonly height: number;
  /** Seconds by which the element's time went on, and by which the clock did. */
  readonly advanced: number;
  readonly seconds: number;
  /** Pictures that reached the screen, and how many of them differed from the one before. */
  readonly frames: number;
  readonly changes: number;
}

/** Runs in the page: watches `video` for `ms`, comparing each picture with the one before at 64x36. */
export function watchVideo(video: PageVideo, ms: number): Promise<PlaybackFacts> {
  const page = globalThis as unknown as PageGlobal;
  const canvas = page.document.createElement('canvas');
  canvas.width = 64;
  canvas.height = 36;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const began = performance.now();
  const from = video.currentTime;
  let previous = '';
  let frames = 0;
  let changes = 0;
  return new Promise((resolve) => {
    const look = () => {
      context.drawImage(video, 0, 0, 64, 36);
      const picture = context.getImageData(0, 0, 64, 36).data.join();
      frames++;
      if (picture !== previous) changes++;
      previous = picture;
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    setTimeout(() => {
      resolve({
        width: video.videoWidth,
        height: video.videoHeight,
        advanced: video.currentTime - from,
        seconds: (performance.now() - began) / 1000,
        frames,
        changes,
      });
    }, ms);
  });
}
