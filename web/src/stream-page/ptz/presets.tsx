import { useQueryClient } from '@tanstack/react-query';
import { MapPinPlus } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { streamPath } from '../../api/client.ts';
import type { PtzState } from '../../api/types.ts';
import { RemoveButton } from '../../controls/buttons/remove-button.tsx';
import type { Action } from '../../controls/use-action.ts';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';

/** Places that the camera keeps: it is sent there, where it looks now is kept as one, and one is forgotten. */
export function Presets({ id, ptz, action }: { id: string; ptz: PtzState; action: Action }) {
  const api = useApi();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const path = `${streamPath(id)}/ptz/presets`;
  const refresh = () => client.invalidateQueries({ queryKey: ['ptz', id] });
  const go = (token: string) =>
    action.run(async () => {
      await api.post(`${path}/${encodeURIComponent(token)}/go`);
    });
  const keep = (event: FormEvent) => {
    event.preventDefault();
    action.run(async () => {
      await api.post(path, { name: name.trim() });
      setName('');
      await refresh();
    });
  };
  return (
    <div className="grid gap-2" data-part="presets">
      {ptz.presets.length > 0 && (
        <ul className="flex flex-wrap gap-1.5" aria-label={t.ptz.presets}>
          {ptz.presets.map((preset) => (
            <li key={preset.token} className="flex" data-preset={preset.name}>
              <button type="button" className="button" onClick={() => go(preset.token)}>
                {preset.name}
              </button>
              {ptz.can_keep_presets && (
                <RemoveButton
                  label={t.ptz.forget(preset.name)}
                  title={t.ptz.forget(preset.name)}
                  text={t.ptz.forgetText}
                  act={async () => {
                    await api.delete(`${path}/${encodeURIComponent(preset.token)}`);
                    await refresh();
                  }}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {ptz.can_keep_presets && (
        <form className="flex flex-wrap items-center gap-2" onSubmit={keep} autoComplete="off">
          <input
            name="preset-name"
            className="!w-40 min-w-0 flex-1"
            aria-label={t.ptz.presetName}
            placeholder={t.ptz.presetName}
            value={name}
            maxLength={64}
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="button" disabled={action.busy || name.trim() === ''}>
            <MapPinPlus className="icon" aria-hidden="true" />
            {t.ptz.keep}
          </button>
        </form>
      )}
    </div>
  );
}
