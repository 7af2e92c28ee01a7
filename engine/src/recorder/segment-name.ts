const NAME =
  /^(\d{4})-(\d{2})-(\d{2})_(\d{2})-(\d{2})-(\d{2})(?:_(\d{1,4}))?(?:__[A-Za-z0-9][A-Za-z0-9._-]{0,99})?\.mp4(?:\.sealed)?$/;

/**
 * `YYYY-MM-DD_HH-MM-SS.mp4` in UTC; `again` > 0 tells apart files that began in the same second. A label,
 * which ends in `.mp4` itself, stands behind the time: `YYYY-MM-DD_HH-MM-SS__{label}`. A sealed file's name has
 * `.sealed` behind that.
 */
export function segmentName(utc: number, again: number, label?: string): string {
  const text = new Date(utc).toISOString();
  const suffix = again === 0 ? '' : `_${again}`;
  const end = label === undefined ? '.mp4' : `__${label}`;
  return `${text.slice(0, 10)}_${text.slice(11, 19).replaceAll(':', '-')}${suffix}${end}`;
}

/** UTC milliseconds a segment's name says it began at; undefined for names that are none. */
export function segmentStart(name: string): number | undefined {
  const parts = NAME.exec(name);
  if (!parts) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const utc = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC carries over what is too large, and takes years below 100 for 1900 and later.
  return name.startsWith(segmentName(utc, 0).slice(0, -'.mp4'.length)) ? utc : undefined;
}
