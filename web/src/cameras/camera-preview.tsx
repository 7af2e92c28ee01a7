import { useEffect, useRef, useState } from 'react';
import { Multipart } from '../player/mjpeg/multipart.ts';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import type { CameraForm } from './camera-form.ts';

/** A camera that is not kept yet is watched so long; then its last picture stays. */
const WATCHED_MS = 30_000;

/** The live picture of a camera that is being looked over. */
export function CameraPreview({ form }: { form: Pick<CameraForm, 'url' | 'username' | 'password'> }) {
  const { url, username, password } = form;
  const api = useApi();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const signal = AbortSignal.timeout(WATCHED_MS);
    const leaving = new AbortController();
    const query = { url: url.trim(), username, password, fps: 5, width: 640 };
    api
      .pour('/api/stream-proxy', { query, signal: AbortSignal.any([signal, leaving.signal]) })
      .then((body) => draw(body, canvas.current, () => setShown(true)))
      // Left, or not to be had: the findings say what is wrong with the camera.
      .catch(() => undefined);
    return () => leaving.abort();
  }, [api, url, username, password]);
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={t.addCamera.preview}
      className={shown ? 'w-full rounded-control bg-picture' : 'hidden'}
      data-part="preview"
      data-shown={shown}
    />
  );
}

async function draw(
  body: ReadableStream<Uint8Array>,
  canvas: HTMLCanvasElement | null,
  onPicture: () => void,
): Promise<void> {
  const parts = new Multipart();
  const reader = body.getReader();
  for (let chunk = await reader.read(); canvas && !chunk.done; chunk = await reader.read()) {
    const newest = parts.feed(chunk.value).at(-1);
    if (!newest) continue;
    const picture = await createImageBitmap(new Blob([newest], { type: 'image/jpeg' }));
    Object.assign(canvas, { width: picture.width, height: picture.height });
    canvas.getContext('2d')?.drawImage(picture, 0, 0);
    picture.close();
    onPicture();
  }
}
