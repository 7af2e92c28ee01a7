import { type ReactNode, useRef } from 'react';
import { formatClock, formatDay } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { Scale } from './scale.tsx';
import { type TimelineView, useTimelineInput } from './use-timeline-input.ts';
import { shareOf } from './visible.ts';

/** A share of the width that a mark's text needs. */
const MARK = 0.09;

/** A chosen stretch of time, UTC milliseconds. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Scale, tracks and cursor: dragged it moves, the wheel zooms, a press goes to a moment, and so do the arrow keys.
 * `children` are the tracks.
 */
export function TimelineBar(props: {
  view: TimelineView;
  /** The moment that is shown. */
  at: number;
  now: number;
  range: Range | null;
  onSeek: (at: number) => void;
  onHover?: (at: number | null) => void;
  children: ReactNode;
}) {
  const { view, at, range } = props;
  const { visible } = view;
  const box = useRef<HTMLDivElement>(null);
  const input = useTimelineInput(box, view, props);
  const inside = at >= visible.from && at <= visible.to;
  const ahead = Math.max(0, 1 - shareOf(visible, props.now));
  return (
    <div
      ref={box}
      className="relative cursor-pointer touch-none overflow-hidden rounded-control select-none"
      role="slider"
      tabIndex={0}
      aria-label={t.timeline.cursor}
      aria-valuemin={Math.round(visible.from)}
      aria-valuemax={Math.round(visible.to)}
      aria-valuenow={Math.round(at)}
      aria-valuetext={`${formatDay(at)} ${formatClock(at)}`}
      data-timeline
      {...input}
    >
      <Scale visible={visible} least={MARK} />
      <ul className="grid gap-1">{props.children}</ul>
      {ahead > 0 && (
        <span
          className="absolute inset-y-0 right-0 bg-ground/70"
          style={{ width: `${Math.min(1, ahead) * 100}%` }}
        />
      )}
      {range && <RangeBand range={range} view={view} />}
      {inside && (
        <span
          className="pointer-events-none absolute inset-y-0 w-0.5 -translate-x-1/2 bg-bad"
          style={{ left: `${shareOf(visible, at) * 100}%` }}
        />
      )}
    </div>
  );
}

function RangeBand({ range, view }: { range: Range; view: TimelineView }) {
  const left = Math.max(0, shareOf(view.visible, range.start));
  const right = Math.min(1, shareOf(view.visible, range.end));
  if (right <= left) return null;
  return (
    <span
      className="pointer-events-none absolute inset-y-0 border-x-2 border-accent bg-accent/25"
      style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%` }}
    />
  );
}
