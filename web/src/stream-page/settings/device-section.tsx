import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { streamPath } from '../../api/client.ts';
import type { DeviceSettings } from '../../api/types.ts';
import { SureButton } from '../../controls/buttons/sure-button.tsx';
import { Field } from '../../controls/field.tsx';
import { Problem } from '../../controls/problem.tsx';
import { SecretInput } from '../../controls/secret-input.tsx';
import { Switch } from '../../controls/switch.tsx';
import { useAction } from '../../controls/use-action.ts';
import { useDevice } from '../../queries/streams.ts';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';

const TEXTS = ['host', 'port', 'path', 'username'] as const;
type TextName = (typeof TEXTS)[number];

/** Where the camera's ONVIF service is: it moves the camera and tells its events. */
export function DeviceSection({ id }: { id: string }) {
  const { data } = useDevice(id, true);
  return (
    <section className="card grid gap-3" data-part="device">
      <h2>{t.device.title}</h2>
      <p className="text-faint">{t.device.text}</p>
      {data ? (
        <DeviceForm key={JSON.stringify(data)} id={id} device={data} />
      ) : (
        <div className="skeleton h-40" />
      )}
    </section>
  );
}

function textsOf(device: DeviceSettings): Record<TextName, string> {
  const { host, port, path, username } = device;
  return {
    host: host ?? '',
    port: port === null ? '' : String(port),
    path: path ?? '',
    username: username ?? '',
  };
}

/** What was typed; what was left empty is the source's. */
function sentOf(texts: Record<TextName, string>) {
  const given = TEXTS.flatMap((name) => {
    const text = texts[name].trim();
    return text === '' ? [] : [[name, name === 'port' ? Number(text) : text] as const];
  });
  return Object.fromEntries(given);
}

function DeviceForm({ id, device }: { id: string; device: DeviceSettings }) {
  const api = useApi();
  const client = useQueryClient();
  const action = useAction();
  const [texts, setTexts] = useState(() => textsOf(device));
  const [password, setPassword] = useState('');
  const [secure, setSecure] = useState(device.secure);
  const [events, setEvents] = useState(device.events);
  const path = `${streamPath(id)}/device`;
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['device', id] }),
      client.invalidateQueries({ queryKey: ['ptz', id] }),
    ]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const secret = password === '' ? {} : { password };
    action.run(async () => {
      await api.put(path, { ...sentOf(texts), ...secret, secure, events });
      await refresh();
    });
  };
  const forget = () => api.delete(path).then(refresh);
  return (
    <form className="grid gap-3" onSubmit={submit} autoComplete="off">
      <div className="columns">
        <DeviceTexts texts={texts} onChange={setTexts} />
        <PasswordField kept={device.password_set} value={password} onChange={setPassword} />
      </div>
      <Switch checked={secure} onChange={setSecure}>
        {t.device.secure}
      </Switch>
      <Switch checked={events} onChange={setEvents}>
        {t.device.events}
      </Switch>
      <Problem text={action.problem} />
      <div className="flex flex-wrap gap-2">
        <button type="submit" className="button primary" disabled={action.busy}>
          {action.busy ? t.app.saving : t.app.save}
        </button>
        {(device.host !== null || device.username !== null || device.events) && <Forget act={forget} />}
      </div>
    </form>
  );
}

function DeviceTexts(props: {
  texts: Record<TextName, string>;
  onChange: (texts: Record<TextName, string>) => void;
}) {
  const { texts } = props;
  return TEXTS.map((name) => (
    <Field key={name} label={t.device.fields[name]}>
      {(field) => (
        <input
          {...field}
          name={`device-${name}`}
          value={texts[name]}
          placeholder={name === 'username' ? '' : t.device.usual}
          inputMode={name === 'port' ? 'numeric' : 'text'}
          pattern={name === 'port' ? '[0-9]{1,5}' : undefined}
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => props.onChange({ ...texts, [name]: event.target.value })}
        />
      )}
    </Field>
  ));
}

function PasswordField(props: { kept: boolean; value: string; onChange: (password: string) => void }) {
  return (
    <Field label={t.addCamera.password} {...(props.kept ? { hint: t.device.passwordKept } : {})}>
      {(field) => (
        <SecretInput
          {...field}
          name="device-password"
          value={props.value}
          autoComplete="new-password"
          onChange={(event) => props.onChange(event.target.value)}
          showLabel={t.addCamera.showPassword}
          hideLabel={t.addCamera.hidePassword}
        />
      )}
    </Field>
  );
}

function Forget({ act }: { act: () => Promise<unknown> }) {
  return (
    <SureButton
      className="button quiet danger"
      label={t.device.forget}
      title={t.device.forget}
      text={t.device.forgetText}
      confirm={t.device.forget}
      act={act}
    >
      {t.device.forget}
    </SureButton>
  );
}
