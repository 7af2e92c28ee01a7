import { readClockBar } from '@nightjar/media/testing';
import type { Page } from 'playwright-core';

/** What of a browser's own objects is used inside the page; this room is compiled without the DOM's types. */
interface PageImage {
  src: string;
  readonly complete: boolean;
  readonly naturalWidth: number;
  readonly naturalHeight: number;
}
interface ImagePage {
  readonly readClockBar: typeof readClockBar;
  readonly document: {
    readonly body: { replaceChildren(child: PageImage): void };
    createElement(name: 'img'): PageImage;
    createElement(name: 'canvas'): {
      width: number;
      height: number;
      getContext(kind: '2d', options: { willReadFrequently: true }): ImageContext;
    };
  };
}
interface ImageContext {
  drawImage(image: PageImage, x: number, y: number): void;
  getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
}

/** One look at an image element. */
export interface ImageSight {
  /** What its clock bar says, milliseconds of the minute; undefined while there is none to read. */
  readonly shown: number | undefined;
  /** UTC milliseconds of the look. */
  readonly utc: number;
  /** Milliseconds since the address was given to the element. */
  readonly after: number;
  readonly width: number;
}

/** Gives every page from now on what `watchImage` needs there. */
export async function prepareImages(page: Page): Promise<void> {
  await page.addInitScript({ content: `globalThis.readClockBar = ${readClockBar.toString()};` });
}

/** Shows `address` in an `<img>` of the page and looks at it every 20 ms for `ms`; only changes are kept. */
export async function watchImage(page: Page, address: string, ms: number): Promise<ImageSight[]> {
  return (await page.evaluate(lookAtImage as never, { address, ms })) as ImageSight[];
}

/** Runs in the page. */
function lookAtImage(job: { address: string; ms: number }): Promise<ImageSight[]> {
  const { document, readClockBar: read } = globalThis as unknown as ImagePage;
  const image = document.createElement('img');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const began = performance.now();
  const sights: ImageSight[] = [];
  image.src = job.address;
  document.body.replaceChildren(image);
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const after = performance.now() - began;
      if (after > job.ms) {
        clearInterval(timer);
        image.src = 'data:,';
        resolve(sights);
        return;
      }
      const { naturalWidth: width, naturalHeight: height } = image;
      if (width === 0) return;
      canvas.width = width;
      canvas.height = height;
      context.drawImage(image, 0, 0);
      const utc = Date.now();
      const shown = read({ data: context.getImageData(0, 0, width, height).data, width, height });
      if (shown !== sights.at(-1)?.shown) sights.push({ shown, utc, after, width });
    }, 20);
  });
}
