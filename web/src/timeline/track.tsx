import { useMemo } from 'react';
import type { Coverage } from '../api/types.ts';
import { formatClock } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { Marks } from './marks.tsx';
import { type Stretch, stretchesOf } from './stretches.ts';
import { shareOf, type Visible } from './visible.ts';

/** What narrower than this share of the visible cannot be seen. */
const VISIBLE = 0.0004;

/** The footage of one camera in a visible: what there is, and where not and why. */
export function Track(props: {
  /** The camera by its id. */
  name: string;
  coverage: Coverage | undefined;
  visible: Visible;
  now: number;
}) {
  const { coverage, visible, now } = props;
  const stretches = useMemo(() => (coverage ? stretchesOf(coverage) : []), [coverage]);
  const shown = stretches.filter(({ from, to }) => to > visible.from && from < visible.to);
  return (
    <li
      className="relative h-6 overflow-hidden rounded-[4px] bg-hover"
      aria-label={trackLabel(props.name, coverage)}
    >
      {shown.map((stretch) => (
        <StretchBar key={`${stretch.from}-${stretch.gap}`} stretch={stretch} visible={visible} now={now} />
      ))}
      <Marks id={props.name} visible={visible} />
    </li>
  );
}

function trackLabel(name: string, coverage: Coverage | undefined): string {
  return coverage === undefined ? name : t.timeline.track(name, Math.round(coverage.completeness * 100));
}

function StretchBar(props: { stretch: Stretch; visible: Visible; now: number }) {
  const { stretch, visible, now } = props;
  const from = Math.max(0, shareOf(visible, stretch.from));
  const to = Math.min(1, shareOf(visible, Math.min(stretch.to, now)));
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
