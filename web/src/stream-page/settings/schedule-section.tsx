import { useQueryClient } from '@tanstack/react-query';
import { CalendarClock } from 'lucide-react';
import { useState } from 'react';
import { streamPath } from '../../api/client.ts';
import type { StreamDetail, WeeklySchedule } from '../../api/types.ts';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { refreshStream } from '../../queries/refresh.ts';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import { HoursField, scheduleOf, someHour, useHours } from './hours-field.tsx';
import { DAYS } from './week.ts';

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
  const [hours, setHours] = useHours(schedule);
  const save = async () => {
    await api.put(streamPath(id), { recording: { schedule: scheduleOf(hours) } });
    await refreshStream(client, id);
  };
  return (
    <FormDialog title={t.schedule.title} onClose={props.onClose} ready={someHour(hours)} save={save} wide>
      <HoursField legend={t.schedule.title} hours={hours} onChange={setHours} />
    </FormDialog>
  );
}
