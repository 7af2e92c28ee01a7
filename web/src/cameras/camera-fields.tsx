import { Field, type FieldProps } from '../controls/field.tsx';
import { SecretInput } from '../controls/secret-input.tsx';
import { Switch } from '../controls/switch.tsx';
import { t } from '../strings/index.ts';
import type { CameraForm, CameraProblems } from './camera-form.ts';
import { liftCredentials } from './camera-url.ts';

/** The inputs of the form. */
export function CameraFields(props: {
  form: CameraForm;
  problems: CameraProblems;
  onChange: (form: CameraForm) => void;
}) {
  const { form, problems, onChange } = props;
  const text = (key: 'id' | 'url' | 'subUrl' | 'username' | 'password') => ({
    name: `camera-${key}`,
    value: form[key],
    onChange: (event: { target: { value: string } }) => onChange({ ...form, [key]: event.target.value }),
    autoComplete: 'off',
    autoCapitalize: 'none',
    spellCheck: false,
  });
  // A pasted address may hold the password: it moves into the field that hides it.
  const lift = () => {
    const { url, username, password } = liftCredentials(form.url);
    if (username !== '') onChange({ ...form, url, username, password });
  };
  return (
    <>
      <Field label={t.addCamera.id} hint={t.addCamera.idHint} problem={problems.id}>
        {(field: FieldProps) => <input {...field} {...text('id')} placeholder="front-door" />}
      </Field>
      <Field label={t.addCamera.url} hint={t.addCamera.urlHint} problem={problems.url}>
        {(field: FieldProps) => (
          <input {...field} {...text('url')} inputMode="url" placeholder="rtsp://" onBlur={lift} />
        )}
      </Field>
      <Field label={t.addCamera.subUrl} hint={t.addCamera.subUrlHint}>
        {(field: FieldProps) => (
          <input {...field} {...text('subUrl')} inputMode="url" placeholder="rtsp://" />
        )}
      </Field>
      <fieldset>
        <legend>{t.addCamera.credentials}</legend>
        <p className="field-hint">{t.addCamera.credentialsHint}</p>
        <div className="columns">
          <Field label={t.addCamera.username} problem={problems.username}>
            {(field: FieldProps) => <input {...field} {...text('username')} />}
          </Field>
          <Field label={t.addCamera.password}>
            {(field: FieldProps) => (
              <SecretInput
                {...field}
                {...text('password')}
                autoComplete="new-password"
                showLabel={t.addCamera.showPassword}
                hideLabel={t.addCamera.hidePassword}
              />
            )}
          </Field>
        </div>
      </fieldset>
      <Switch checked={form.record} onChange={(record) => onChange({ ...form, record })}>
        {t.addCamera.record}
      </Switch>
    </>
  );
}
