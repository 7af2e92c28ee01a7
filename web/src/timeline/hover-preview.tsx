import { useEffect, useState } from 'react';
import { withQuery } from '../api/query.ts';
import { useFetched } from '../pictures/use-fetched.ts';
import { formatClock } from '../strings/format.ts';
import type { TimelineView } from './use-timeline-input.ts';
import { SECOND, shareOf } from './visible.ts';

const REST_MS = 150;
const WIDTH = 192;

/** Time and picture of the moment below the pointer. */
export function HoverPreview(props: { at: number; view: TimelineView; camera: string | null }) {
  const { at, view, camera } = props;
  const rested = useRested(Math.floor(at / SECOND) * SECOND);
  const share = Math.min(0.94, Math.max(0.06, shareOf(view.visible, at)));
  const url =
    camera === null
      ? null
      : withQuery(`/live/${encodeURIComponent(camera)}/still.jpg`, {
          time: new Date(rested).toISOString(),
          width: WIDTH,
        });
  return (
    <div
      className="pointer-events-none absolute bottom-full z-20 mb-1 -translate-x-1/2 overflow-hidden rounded-control border border-line bg-raised text-center text-xs shadow-lg tabular-nums"
      style={{ left: `${share * 100}%` }}
    >
      {url !== null && <Still key={url} url={url} />}
      <span className="block px-2 py-0.5">{formatClock(at)}</span>
    </div>
  );
}

/** A picture of the past, or nothing where there is none. */
function Still({ url }: { url: string }) {
  const [missing, setMissing] = useState(false);
  const shown = useFetched(url);
  if (missing || shown.url === null) return null;
  return <img src={shown.url} alt="" width={WIDTH} className="bg-picture" onError={() => setMissing(true)} />;
}

/** A value once it has not changed for a moment. */
function useRested(value: number): number {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), REST_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
