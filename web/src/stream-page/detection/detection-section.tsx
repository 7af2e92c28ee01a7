import { Link } from '@tanstack/react-router';
import { ScanSearch } from 'lucide-react';
import { useState } from 'react';
import type { StreamDetail } from '../../api/types.ts';
import { useSession } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import { DetectionDialog } from './detection-dialog.tsx';

/** Whether a model looks at this camera's pictures, for what, where and when. */
export function DetectionSection({ detail }: { detail: StreamDetail }) {
  const { can, everything } = useSession();
  const [open, setOpen] = useState(false);
  const { enabled, state, model, classes, threshold, zones, schedule, fps } = detail.inference;
  const facts = [
    [t.inference.model, model ?? t.inference.anyModel],
    [t.inference.classes, classes.length === 0 ? t.inference.everything : classes.join(', ')],
    [t.inference.certainty, t.inference.percent(Math.round((threshold ?? 0.5) * 100))],
    [t.inference.zones, zones.length === 0 ? t.inference.wholePicture : t.inference.areas(zones.length)],
    [t.inference.when, schedule === null ? t.schedule.always : t.schedule.hours],
    [t.inference.pace, t.inference.perSecond(fps)],
  ] as const;
  return (
    <section className="card grid gap-3" data-part="detection" data-state={state}>
      <h2>{t.inference.title}</h2>
      {!enabled && <p className="text-faint">{t.inference.off}</p>}
      {enabled && state === 'no_model' && (
        <p className="notice">
          {t.inference.noModel}{' '}
          {everything && can('config:read') && (
            <Link to="/system" search={{ tab: 'models' }}>
              {t.inference.toModels}
            </Link>
          )}
        </p>
      )}
      {enabled && (
        <dl className="facts">
          {facts.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <button type="button" className="button justify-self-start" onClick={() => setOpen(true)}>
        <ScanSearch className="icon" aria-hidden="true" />
        {t.inference.change}
      </button>
      {open && <DetectionDialog detail={detail} onClose={() => setOpen(false)} />}
    </section>
  );
}
