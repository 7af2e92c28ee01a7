/** Also what the stream proxy's document prescribes. */
export const BOUNDARY = 'frame';
export const MULTIPART_TYPE = `multipart/x-mixed-replace; boundary=${BOUNDARY}`;

/** What comes before the first picture. */
export const OPENING = Buffer.from(`--${BOUNDARY}\r\n`);

/**
 * One picture for every viewer of it. The boundary stands behind it: a browser shows a part when the next one
 * begins, and so would always be one picture late.
 */
export function multipartPicture(jpeg: Uint8Array): Buffer {
  const head = `Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), jpeg, Buffer.from(`\r\n--${BOUNDARY}\r\n`)]);
}
