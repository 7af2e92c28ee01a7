import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { UrlPresetList } from '../api/types.ts';
import { Field } from '../controls/field.tsx';
import { SecretInput } from '../controls/secret-input.tsx';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import type { CameraForm } from './camera-form.ts';

/** Puts the address together from the make of the camera and where it is. */
export function AddByBrand({ onFound }: { onFound: (found: Partial<CameraForm>) => void }) {
  const api = useApi();
  const { data } = useQuery({
    queryKey: ['url-presets'],
    queryFn: ({ signal }) => api.get<UrlPresetList>('/api/discover/url-presets', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [values, setValues] = useState({ brand: '', host: '', username: '', password: '' });
  const [sub, setSub] = useState(true);
  const [problem, setProblem] = useState<string>();
  const presets = data?.presets ?? [];
  const preset = presets.find(({ brand }) => brand === values.brand) ?? presets[0];
  const set = (key: keyof typeof values) => (event: { target: { value: string } }) =>
    setValues({ ...values, [key]: event.target.value });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const host = values.host.trim();
    if (!preset) return;
    if (!/^[^\s/?#@]+$/.test(host)) return setProblem(t.addCamera.problem.urlHost);
    const scheme = preset.port === SECURE_PORT ? 'rtsps' : 'rtsp';
    const place = /:\d+$/.test(host) ? host : `${host}:${preset.port}`;
    const at = (path: string) => `${scheme}://${place}${path}`;
    const subUrl = sub && preset.sub !== null ? at(preset.sub) : '';
    onFound({ url: at(preset.main), subUrl, username: values.username, password: values.password });
  };
  return (
    <form className="card grid max-w-xl gap-4" onSubmit={submit} noValidate autoComplete="off">
      <Field label={t.addCamera.brand} {...(preset?.note ? { hint: preset.note } : {})}>
        {(field) => (
          <select {...field} value={preset?.brand ?? ''} onChange={set('brand')}>
            {presets.map(({ brand }) => (
              <option key={brand}>{brand}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t.addCamera.host} hint={t.addCamera.hostHint} problem={problem}>
        {(field) => (
          <input
            {...field}
            value={values.host}
            onChange={set('host')}
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
      <div className="columns">
        <Field label={t.addCamera.username}>
          {(field) => (
            <input {...field} value={values.username} onChange={set('username')} autoCapitalize="none" />
          )}
        </Field>
        <Field label={t.addCamera.password}>
          {(field) => (
            <SecretInput
              {...field}
              value={values.password}
              onChange={set('password')}
              autoComplete="new-password"
              showLabel={t.addCamera.showPassword}
              hideLabel={t.addCamera.hidePassword}
            />
          )}
        </Field>
      </div>
      {preset?.sub != null && (
        <label className="flex items-center gap-2">
          <input type="checkbox" checked={sub} onChange={(event) => setSub(event.target.checked)} />
          {t.addCamera.smallPicture}
        </label>
      )}
      <button type="submit" className="button primary justify-self-end">
        {t.app.next}
      </button>
    </form>
  );
}

/** UniFi's RTSP inside TLS. */
const SECURE_PORT = 7441;
