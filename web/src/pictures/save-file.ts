/** Time a browser gets to begin with a file before its address is taken back. */
const KEPT_MS = 60_000;

/** Hands what was fetched to the browser as a file of this device. */
export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
