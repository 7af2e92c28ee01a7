import { useQueryClient } from '@tanstack/react-query';
import { EyeOff } from 'lucide-react';
import { useState } from 'react';
import { streamPath } from '../../api/client.ts';
import type { PrivacyConfig, StreamDetail } from '../../api/types.ts';
import { Switch } from '../../controls/switch.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { refreshStream } from '../../queries/refresh.ts';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import { BeforeAfter } from './before-after.tsx';
import { PolygonEditor } from './polygon-editor.tsx';
import { PrivacyFields } from './privacy-fields.tsx';

/** What of the picture is covered for those who may not see the original. */
export function PrivacySection({ detail }: { detail: StreamDetail }) {
  const [open, setOpen] = useState(false);
  const { enabled, cover, style } = detail.privacy;
  return (
    <section className="card grid gap-3" data-part="privacy" data-enabled={enabled}>
      <h2>{t.privacy.title}</h2>
      <p className="text-faint">
        {enabled
          ? t.privacy.on(cover.map((one) => t.privacy.covers[one]).join(', '), t.privacy.styles[style])
          : t.privacy.off}
      </p>
      {enabled && detail.state === 'live' && <BeforeAfter streamId={detail.id} />}
      <button type="button" className="button justify-self-start" onClick={() => setOpen(true)}>
        <EyeOff className="icon" aria-hidden="true" />
        {t.privacy.change}
      </button>
      {open && <PrivacyDialog detail={detail} onClose={() => setOpen(false)} />}
    </section>
  );
}

function PrivacyDialog({ detail, onClose }: { detail: StreamDetail; onClose: () => void }) {
  const { id } = detail;
  const api = useApi();
  const client = useQueryClient();
  const [value, setValue] = useState<PrivacyConfig>(detail.privacy);
  const change = (part: Partial<PrivacyConfig>) => setValue({ ...value, ...part });
  const polygons = value.cover.includes('polygons');
  const ready = value.cover.length > 0 && (!polygons || value.polygons.length > 0);
  const save = async () => {
    await api.put(streamPath(id), { privacy: value });
    await refreshStream(client, id);
  };
  return (
    <FormDialog title={t.privacy.title} onClose={onClose} ready={!value.enabled || ready} save={save} wide>
      <Switch checked={value.enabled} onChange={(enabled) => change({ enabled })}>
        {t.privacy.enabled}
      </Switch>
      {value.enabled && (
        <>
          <p className="notice">{t.privacy.warning}</p>
          <PrivacyFields value={value} onChange={change} />
          {polygons && (
            <PolygonEditor
              streamId={id}
              polygons={value.polygons}
              onChange={(next) => change({ polygons: next.map((one) => one.map(([x, y]) => [x, y])) })}
            />
          )}
        </>
      )}
    </FormDialog>
  );
}
