import { useQueryClient } from '@tanstack/react-query';
import { Radar } from 'lucide-react';
import { useState } from 'react';
import { streamPath } from '../../api/client.ts';
import type { StreamDetail } from '../../api/types.ts';
import { Field } from '../../controls/field.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { refreshStream } from '../../queries/refresh.ts';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import { TRIGGERS } from './triggers.ts';

type Events = StreamDetail['recording']['events'];

/** Whether it is recorded always, or around events alone. */
export function EventsSection({ detail }: { detail: StreamDetail }) {
  const [open, setOpen] = useState(false);
  const { events } = detail.recording;
  return (
    <section className="card grid gap-3" data-part="recording-events" data-around={events !== null}>
      <h2>{t.around.title}</h2>
      <p className="text-faint">
        {events === null
          ? t.around.always
          : t.around.only(events.on.map(wordOf).join(', '), events.before, events.after)}
      </p>
      <button type="button" className="button justify-self-start" onClick={() => setOpen(true)}>
        <Radar className="icon" aria-hidden="true" />
        {t.around.change}
      </button>
      {open && <EventsDialog id={detail.id} events={events} onClose={() => setOpen(false)} />}
    </section>
  );
}

const WORDS: Readonly<Record<string, readonly string[]>> = t.around.triggers;
const wordOf = (type: string): string => WORDS[type]?.[0] ?? type;

/** Seconds as they were typed; undefined when they cannot be used. */
function secondsOf(text: string, least: number, most: number): number | undefined {
  const value = Number(text);
  return text.trim() !== '' && value >= least && value <= most ? value : undefined;
}

function EventsDialog(props: { id: string; events: Events; onClose: () => void }) {
  const { id, events } = props;
  const api = useApi();
  const client = useQueryClient();
  const [around, setAround] = useState(events !== null);
  const [on, setOn] = useState<readonly string[]>(events?.on ?? ['detection.started']);
  const [before, setBefore] = useState(String(events?.before ?? 5));
  const [after, setAfter] = useState(String(events?.after ?? 10));
  const [early, late] = [secondsOf(before, 0, 30), secondsOf(after, 1, 600)];
  const whole = on.length > 0 && early !== undefined && late !== undefined;
  const save = async () => {
    const next = around ? { on, before: early, after: late } : null;
    await api.put(streamPath(id), { recording: { events: next } });
    await refreshStream(client, id);
  };
  return (
    <FormDialog title={t.around.title} onClose={props.onClose} ready={!around || whole} save={save}>
      <fieldset className="flex flex-wrap gap-x-4 gap-y-1">
        <legend className="visually-hidden">{t.around.title}</legend>
        {[false, true].map((one) => (
          <label key={String(one)} className="flex items-center gap-2">
            <input
              type="radio"
              name="around"
              value={one ? 'events' : 'always'}
              checked={around === one}
              onChange={() => setAround(one)}
            />
            {one ? t.around.aroundEvents : t.around.allTheTime}
          </label>
        ))}
      </fieldset>
      {around && (
        <>
          <fieldset className="grid gap-1.5">
            <legend className="mb-1">{t.around.which}</legend>
            {TRIGGERS.map((type) => (
              <label key={type} className="flex items-start gap-2">
                <input
                  type="checkbox"
                  className="mt-1"
                  data-trigger={type}
                  checked={on.includes(type)}
                  onChange={(event) =>
                    setOn(event.target.checked ? [...on, type] : on.filter((other) => other !== type))
                  }
                />
                <span>
                  {t.around.triggers[type][0]}{' '}
                  <span className="text-faint">{t.around.triggers[type][1]}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <div className="columns">
            <Seconds
              name="seconds-before"
              label={t.around.before}
              value={before}
              wrong={early === undefined ? t.around.beforeWrong : undefined}
              onChange={setBefore}
            />
            <Seconds
              name="seconds-after"
              label={t.around.after}
              value={after}
              wrong={late === undefined ? t.around.afterWrong : undefined}
              onChange={setAfter}
            />
          </div>
          <p className="text-faint">{t.around.hint}</p>
        </>
      )}
    </FormDialog>
  );
}

function Seconds(props: {
  name: string;
  label: string;
  value: string;
  wrong: string | undefined;
  onChange: (value: string) => void;
}) {
  return (
    <Field label={props.label} problem={props.wrong}>
      {(field) => (
        <input
          {...field}
          name={props.name}
          inputMode="decimal"
          value={props.value}
          onChange={(event) => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
