import { type FormEvent, useState } from 'react';
import { ApiError } from '../api/api-error.ts';
import { problemText } from '../api/problem.ts';
import { Field } from '../controls/field.tsx';
import { SecretInput } from '../controls/secret-input.tsx';
import { t } from '../strings/index.ts';

/** Asks for a new password twice, and where `current` is wanted for the one that counts now. */
export function NewPassword(props: {
  /** Label of the field for the present password; null asks for none. */
  current: string | null;
  submit: (fresh: string, current: string) => Promise<void>;
}) {
  const [values, setValues] = useState({ current: '', fresh: '', again: '' });
  const [problem, setProblem] = useState<{ field: keyof typeof values; text: string }>();
  const [busy, setBusy] = useState(false);
  const field = (name: keyof typeof values, label: string, hint?: string) => (
    <Field
      label={label}
      {...(hint === undefined ? {} : { hint })}
      problem={problem?.field === name ? problem.text : undefined}
    >
      {(given) => (
        <SecretInput
          {...given}
          name={`password-${name}`}
          value={values[name]}
          onChange={(event) => setValues({ ...values, [name]: event.target.value })}
          autoComplete={name === 'current' ? 'current-password' : 'new-password'}
          showLabel={t.signIn.showPassword}
          hideLabel={t.signIn.hidePassword}
        />
      )}
    </Field>
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (values.fresh !== values.again) return setProblem({ field: 'again', text: t.setup.different });
    setProblem(undefined);
    setBusy(true);
    props
      .submit(values.fresh, values.current)
      .catch((error: unknown) => setProblem(refusal(error, props.current !== null)))
      .finally(() => setBusy(false));
  };
  return (
    <form className="grid gap-4" onSubmit={submit} noValidate>
      {props.current !== null && field('current', props.current)}
      {field('fresh', t.setup.fresh, t.setup.freshHint)}
      {field('again', t.setup.again)}
      <button type="submit" className="button primary justify-self-start" disabled={busy}>
        {busy ? t.app.saving : t.setup.submit}
      </button>
    </form>
  );
}

/** The present password is what a 401 is about; everything else is about the new one. */
function refusal(error: unknown, asked: boolean): { field: 'current' | 'fresh'; text: string } {
  if (asked && error instanceof ApiError && error.kind === 'unauthorized')
    return { field: 'current', text: t.signIn.passwordWrong };
  return { field: 'fresh', text: problemText(error) };
}
