import { Minus, Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '../../controls/icons.tsx';
import { RATES } from '../../player/recorded/recorded-player.ts';
import { formatClock, formatDay } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import type { TimelineView } from '../use-timeline-input.ts';
import { around, DAY, HOUR, MINUTE, zoomed } from '../visible.ts';
import type { ClockState, CommonClock } from './common-clock.ts';

const SPANS = [
  ['day', DAY],
  ['hours', 6 * HOUR],
  ['hour', HOUR],
  ['tenMinutes', 10 * MINUTE],
  ['minute', MINUTE],
] as const;

/** Time, play, steps, speed, how much is seen; `children` stand at the end. */
export function PlaybackControls(props: {
  clock: CommonClock;
  state: ClockState;
  at: number;
  view: TimelineView;
  onStep: (direction: 1 | -1) => void;
  children: ReactNode;
}) {
  const { clock, state, at, view } = props;
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <Press
        icon={state.playing ? 'pause' : 'play'}
        label={state.playing ? t.recorded.pause : t.recorded.play}
        onClick={() => clock.setPlaying(!state.playing)}
      />
      <Press icon="stepBack" label={t.recorded.stepBack} onClick={() => props.onStep(-1)} />
      <Press icon="stepOn" label={t.recorded.stepOn} onClick={() => props.onStep(1)} />
      <select
        className="button"
        aria-label={t.recorded.speed}
        value={state.rate}
        onChange={(event) => clock.setRate(Number(event.target.value))}
      >
        {RATES.map((rate) => (
          <option key={rate} value={rate}>
            {t.recorded.rate(String(rate))}
          </option>
        ))}
      </select>
      <time
        className="mx-1.5 font-semibold tabular-nums"
        dateTime={new Date(at).toISOString()}
        data-clock={Math.round(at)}
      >
        {formatDay(at)} {formatClock(at)}
      </time>
      <MomentField at={at} onChange={(moment) => goTo(clock, view, moment)} />
      <ZoomControls at={at} view={view} />
      <span className="ml-auto flex flex-wrap items-center gap-1.5">{props.children}</span>
    </div>
  );
}

function goTo(clock: CommonClock, { setVisible }: TimelineView, moment: number): void {
  clock.seek(moment);
  setVisible(({ from, to }) => around(moment, to - from));
}

/** A date and time as the reader's own browser asks for one. */
function MomentField({ at, onChange }: { at: number; onChange: (at: number) => void }) {
  const local = new Date(at - new Date(at).getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
  return (
    <input
      type="datetime-local"
      className="!w-auto"
      aria-label={t.timeline.goTo}
      value={local}
      onChange={(event) => {
        const moment = Date.parse(event.target.value);
        if (!Number.isNaN(moment)) onChange(moment);
      }}
    />
  );
}

function ZoomControls({ at, view }: { at: number; view: TimelineView }) {
  const { visible, setVisible } = view;
  const span = visible.to - visible.from;
  const near = SPANS.find(([, ms]) => Math.abs(ms - span) < ms / 20)?.[0] ?? '';
  return (
    <span className="flex items-center gap-1">
      <button
        type="button"
        className="button icon-only"
        aria-label={t.timeline.zoomOut}
        title={t.timeline.zoomOut}
        onClick={() => setVisible((now) => zoomed(now, 2, at))}
      >
        <Minus className="icon" aria-hidden="true" />
      </button>
      <select
        className="button"
        aria-label={t.timeline.shown}
        value={near}
        onChange={(event) => {
          const chosen = SPANS.find(([name]) => name === event.target.value);
          if (chosen) setVisible(() => around(at, chosen[1]));
        }}
      >
        {near === '' && <option value="">…</option>}
        {SPANS.map(([name]) => (
          <option key={name} value={name}>
            {t.timeline.spans[name]}
          </option>
        ))}
      </select>
      <button
        type="button"
        className="button icon-only"
        aria-label={t.timeline.zoomIn}
        title={t.timeline.zoomIn}
        onClick={() => setVisible((now) => zoomed(now, 0.5, at))}
      >
        <Plus className="icon" aria-hidden="true" />
      </button>
    </span>
  );
}

function Press(props: { icon: IconName; label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      className="button icon-only"
      aria-label={props.label}
      title={props.label}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}
