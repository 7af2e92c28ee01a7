import { useMemo } from 'react';
import type { Coverage } from '../api/types.ts';
import { formatClock } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { type Stretch, stretchesOf } from './stretches.ts';
import { shareOf, type Window } from './window.ts';

/** What narrower than this share of the window cannot be seen. */
const VISIBLE = 0.0004;

/** The footage of one camera in a window: what there is, and where not and why. */
export function Track(props: { name: string; coverage: Coverage | undefined; window: Window; now: number }) {
  const { coverage, window, now } = props;
  const stretches = useMemo(() => (coverage ? stretchesOf(coverage) : []), [coverage]);
  const shown = stretches.filter(({ from, to }) => to > window.from && from < window.to);
  return (
    <li
      className="relative h-6 overflow-hidden rounded-[4px] bg-hover"
      aria-label={trackLabel(props.name, coverage)}
    >
      {shown.map((stretch) => (
        <StretchBar key={`${stretch.from}-${stretch.gap}`} stretch={stretch} window={window} now={now} />
      ))}
    </li>
  );
}

function trackLabel(name: string, coverage: Coverage | undefined): string {
  return coverage === undefined ? name : t.timeline.track(name, Math.round(coverage.completeness * 100));
}

function StretchBar(props: { stretch: Stretch; window: Window; now: number }) {
  const { stretch, window, now } = props;
  const from = Math.max(0, shareOf(window, stretch.from));
  const to = Math.min(1, shareOf(window, Math.min(stretch.to, now)));
  if (to <= from || (to - from < VISIBLE && stretch.gap !== null)) return null;
  const style = { left: `${from * 100}%`, width: `max(1px, ${(to - from) * 100}%)` };
  if (stretch.gap === null) return <span className="absolute inset-y-0 bg-[var(--footage)]" style={style} />;
  const reason = t.timeline.gap[stretch.gap];
  // Never recorded is no event: only what was lost is hatched.
  const lost = stretch.gap !== 'stopped' && stretch.gap !== 'unknown';
  return (
    <span
      className={`absolute inset-y-0 ${lost ? 'footage-lost' : ''}`}
      style={style}
      title={t.timeline.gapAt(reason, formatClock(stretch.from), formatClock(stretch.to))}
      data-gap={stretch.gap}
    />
  );
}
