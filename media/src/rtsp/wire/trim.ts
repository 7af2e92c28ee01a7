/**
 * Takes all of `chars` off the end. A regular expression for it (`/x+$/`) takes quadratic time on a long run
 * in the middle, which a peer could send on purpose.
 */
export function trimEnd(text: string, chars: string): string {
  let end = text.length;
  while (end > 0 && chars.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}
