import { type PointerEvent, useRef, useState } from 'react';
import { t } from '../../strings/index.ts';
import { DAYS, type Day, dayOf, shareOfHour, type Week, withHour } from './week.ts';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** Seven days of 24 hours, painted by pointer or finger; by keyboard each day is typed. */
export function WeekGrid({ week, onChange }: { week: Week; onChange: (week: Week) => void }) {
  /** What a stroke does: that of its first hour. */
  const painting = useRef<boolean | null>(null);
  const paint = (target: Element | null) => {
    const cell = target?.closest<HTMLElement>('[data-hour]');
    if (!cell || painting.current === null) return;
    const day = cell.dataset['day'] as Day;
    onChange({ ...week, [day]: withHour(week[day], Number(cell.dataset['hour']), painting.current) });
  };
  const onPointerDown = (event: PointerEvent) => {
    const cell = (event.target as Element).closest<HTMLElement>('[data-hour]');
    if (!cell) return;
    const day = cell.dataset['day'] as Day;
    painting.current = shareOfHour(week[day], Number(cell.dataset['hour'])) < 1;
    paint(cell);
  };
  const onPointerMove = (event: PointerEvent) =>
    paint(document.elementFromPoint(event.clientX, event.clientY));
  const end = () => {
    painting.current = null;
  };
  return (
    <div className="grid gap-3">
      <div
        className="week"
        aria-hidden="true"
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={end}
        onPointerLeave={end}
        onPointerCancel={end}
      >
        <span />
        {HOURS.map((hour) => (
          <span key={hour} className="week-hour">
            {hour % 6 === 0 ? hour : ''}
          </span>
        ))}
        {DAYS.map((day) => (
          <DayCells key={day} day={day} chosen={week[day]} />
        ))}
      </div>
      <div className="grid gap-1.5 sm:grid-cols-2">
        {DAYS.map((day) => (
          <DayField
            key={`${day} ${week[day].join()}`}
            day={day}
            chosen={week[day]}
            onChange={(spans) => onChange({ ...week, [day]: spans })}
          />
        ))}
      </div>
    </div>
  );
}

function DayCells({ day, chosen }: { day: Day; chosen: readonly string[] }) {
  return (
    <>
      <span className="week-day">{t.schedule.days[day]}</span>
      {HOURS.map((hour) => {
        const share = shareOfHour(chosen, hour);
        const state = share === 1 ? 'all' : share === 0 ? 'none' : 'part';
        return <span key={hour} className="week-cell" data-day={day} data-hour={hour} data-share={state} />;
      })}
    </>
  );
}

function DayField(props: {
  day: Day;
  chosen: readonly string[];
  onChange: (spans: readonly string[]) => void;
}) {
  const { day, chosen } = props;
  const [text, setText] = useState(chosen.join(', '));
  const wrong = dayOf(text) === undefined;
  return (
    <label className="flex items-center gap-2">
      <span className="w-9 shrink-0 font-semibold">{t.schedule.days[day]}</span>
      <input
        name={`hours-${day}`}
        value={text}
        placeholder={t.schedule.example}
        aria-invalid={wrong}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => {
          const spans = dayOf(text);
          if (spans) props.onChange(spans);
        }}
      />
    </label>
  );
}
