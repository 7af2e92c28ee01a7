import { useState } from 'react';
import type { WeeklySchedule } from '../../api/types.ts';
import { TimeZoneField } from '../../forms/time-zone-field.tsx';
import { t } from '../../strings/index.ts';
import { hoursOf, NO_HOURS, type Week, weekOf } from './week.ts';
import { WeekGrid } from './week-grid.tsx';

/** Hours of a week as they are being chosen. */
export interface Hours {
  readonly always: boolean;
  readonly week: Week;
  readonly zone: string;
}

/** Begins with what is kept; null is at all hours. */
export function useHours(schedule: WeeklySchedule | null) {
  return useState<Hours>(() => ({
    always: schedule === null,
    week: schedule ? weekOf(schedule) : NO_HOURS,
    zone: schedule?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  }));
}

/** Whether some hour is chosen at all. */
export const someHour = ({ always, week }: Hours): boolean => always || hoursOf(week) > 0;

/** As it is kept. */
export const scheduleOf = ({ always, week, zone }: Hours) => (always ? null : { time_zone: zone, ...week });

/** At all hours, or in those that are painted on a week. */
export function HoursField(props: { legend: string; hours: Hours; onChange: (hours: Hours) => void }) {
  const { hours, onChange } = props;
  return (
    <>
      <fieldset className="flex flex-wrap gap-x-4 gap-y-1">
        <legend className="visually-hidden">{props.legend}</legend>
        {[true, false].map((one) => (
          <label key={String(one)} className="flex items-center gap-2">
            <input
              type="radio"
              name="schedule"
              value={one ? 'always' : 'hours'}
              checked={hours.always === one}
              onChange={() => onChange({ ...hours, always: one })}
            />
            {one ? t.schedule.always : t.schedule.hours}
          </label>
        ))}
      </fieldset>
      {!hours.always && (
        <>
          <p className="text-faint">{t.schedule.help}</p>
          <WeekGrid week={hours.week} onChange={(week) => onChange({ ...hours, week })} />
          <TimeZoneField zone={hours.zone} onChange={(zone) => onChange({ ...hours, zone })} />
        </>
      )}
    </>
  );
}
