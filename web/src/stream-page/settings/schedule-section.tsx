import { useQueryClient } from '@tanstack/react-query';
import { CalendarClock } from 'lucide-react';
import { useState } from 'react';
import { streamPath } from '../../api/client.ts';
import type { StreamDetail, WeeklySchedule } from '../../api/types.ts';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { TimeZoneField } from '../../forms/time-zone-field.tsx';
import { refreshStream } from '../../queries/refresh.ts';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import { DAYS, hoursOf, NO_HOURS, type Week, weekOf } from './week.ts';
import { WeekGrid } from './week-grid.tsx';

/** In which hours of the week it is recorded. */
export function ScheduleSection({ detail }: { detail: StreamDetail }) {
  const [open, setOpen] = useState(false);
  const { schedule } = detail.recording;
  return (
    <section className="card grid gap-3" data-part="schedule">
      <h2>{t.schedule.title}</h2>
      {schedule === null ? (
        <p className="text-faint">{t.schedule.always}</p>
      ) : (
        <dl className="facts">
          {DAYS.filter((day) => schedule[day].length > 0).map((day) => (
            <div key={day}>
              <dt>{t.schedule.days[day]}</dt>
              <dd>{schedule[day].join(', ')}</dd>
            </div>
          ))}
        </dl>
      )}
      <button type="button" className="button justify-self-start" onClick={() => setOpen(true)}>
        <CalendarClock className="icon" aria-hidden="true" />
        {t.schedule.change}
      </button>
      {open && <ScheduleDialog id={detail.id} schedule={schedule} onClose={() => setOpen(false)} />}
    </section>
  );
}

function ScheduleDialog(props: { id: string; schedule: WeeklySchedule | null; onClose: () => void }) {
  const { id, schedule } = props;
  const api = useApi();
  const client = useQueryClient();
  const [always, setAlways] = useState(schedule === null);
  const [week, setWeek] = useState<Week>(schedule ? weekOf(schedule) : NO_HOURS);
  const [zone, setZone] = useState(schedule?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const save = async () => {
    const next = always ? null : { time_zone: zone, ...week };
    await api.put(streamPath(id), { recording: { schedule: next } });
    await refreshStream(client, id);
  };
  return (
    <FormDialog
      title={t.schedule.title}
      onClose={props.onClose}
      ready={always || hoursOf(week) > 0}
      save={save}
      wide
    >
      <fieldset className="flex flex-wrap gap-4">
        <legend className="visually-hidden">{t.schedule.title}</legend>
        {[true, false].map((one) => (
          <label key={String(one)} className="flex items-center gap-2">
            <input
              type="radio"
              name="schedule"
              value={one ? 'always' : 'hours'}
              checked={always === one}
              onChange={() => setAlways(one)}
            />
            {one ? t.schedule.always : t.schedule.hours}
          </label>
        ))}
      </fieldset>
      {!always && (
        <>
          <p className="text-faint">{t.schedule.help}</p>
          <WeekGrid week={week} onChange={setWeek} />
          <TimeZoneField zone={zone} onChange={setZone} />
        </>
      )}
    </FormDialog>
  );
}
