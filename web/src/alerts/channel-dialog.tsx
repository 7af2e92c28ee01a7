import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { problemText } from '../api/problem.ts';
import type { Channel, ChannelCreated } from '../api/types.ts';
import { Dialog, DialogFoot } from '../controls/dialog.tsx';
import { Field } from '../controls/field.tsx';
import { Problem } from '../controls/problem.tsx';
import { Switch } from '../controls/switch.tsx';
import { type FormValues, fieldsOf, formValues, objectOf, type Schema } from '../forms/schema.ts';
import { SchemaInput } from '../forms/schema-input.tsx';
import { useSchema } from '../queries/schema.ts';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';

/** A browser subscribes to web push itself; it is no form. */
const KINDS = ['email', 'webhook', 'ntfy', 'telegram', 'mqtt', 'sms'] as const;
type Kind = Channel['kind'];

/** The settings of one kind of channel, as the server describes them. */
function settingsOf(schema: Schema | undefined, kind: Kind): Schema | undefined {
  const one = (schema?.oneOf ?? schema?.anyOf ?? []).find(
    ({ properties }) => properties?.['kind']?.const === kind,
  );
  const settings = one?.properties?.['settings'];
  return settings && { properties: { channel: settings } };
}

/** A channel: its kind, and where it leads. */
export function ChannelDialog(props: {
  channel: Channel | null;
  onClose: () => void;
  onSecret: (secret: string) => void;
}) {
  const { channel, onClose } = props;
  const api = useApi();
  const client = useQueryClient();
  const schema = useSchema('CreateChannel');
  const [kind, setKind] = useState<Kind>(channel?.kind ?? 'email');
  const [name, setName] = useState(channel?.name ?? '');
  const [enabled, setEnabled] = useState(channel?.enabled ?? true);
  const [changes, setChanges] = useState<FormValues>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const fields = fieldsOf(settingsOf(schema, kind) ?? {});
  const values = { ...formValues(fields, { channel: channel?.settings }), ...changes };
  const save = async () => {
    const { channel: settings = {} } = objectOf(fields, values) as { channel?: object };
    const body = { name: name.trim(), enabled, settings };
    const path = '/api/v1/notification-channels';
    if (channel) await api.put(`${path}/${channel.id}`, body);
    else {
      const { secret } = await api.post<ChannelCreated>(path, { ...body, kind });
      if (secret !== null) props.onSecret(secret);
    }
    await client.invalidateQueries({ queryKey: ['channels'] });
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    save().catch((error: unknown) => {
      setProblem(problemText(error));
      setBusy(false);
    });
  };
  return (
    <Dialog title={channel ? channel.name : t.alerts.addChannel} onClose={onClose} locked={busy}>
      <form className="grid gap-4" onSubmit={submit} autoComplete="off" noValidate>
        <ChannelHead
          name={name}
          kind={kind}
          fixed={channel !== null}
          onName={setName}
          onKind={(next) => {
            setKind(next);
            setChanges({});
          }}
        />
        {fields.map((field) => (
          <SchemaInput
            key={field.path}
            field={field}
            value={values[field.path] ?? ''}
            problem={undefined}
            onChange={(value) => setChanges({ ...changes, [field.path]: value })}
          />
        ))}
        <Switch checked={enabled} onChange={setEnabled}>
          {t.alerts.enabled}
        </Switch>
        <Problem text={problem} />
        <DialogFoot>
          <button type="button" className="button" onClick={onClose} disabled={busy}>
            {t.app.cancel}
          </button>
          <button type="submit" className="button primary" disabled={busy || name.trim() === ''}>
            {t.app.save}
          </button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

function ChannelHead(props: {
  name: string;
  kind: Kind;
  fixed: boolean;
  onName: (name: string) => void;
  onKind: (kind: Kind) => void;
}) {
  return (
    <div className="columns">
      <Field label={t.tokens.name}>
        {(field) => (
          <input
            {...field}
            name="channel-name"
            value={props.name}
            required
            onChange={(event) => props.onName(event.target.value)}
          />
        )}
      </Field>
      <Field label={t.alerts.kind}>
        {(field) => (
          <select
            {...field}
            value={props.kind}
            disabled={props.fixed}
            onChange={(event) => props.onKind(event.target.value as Kind)}
          >
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {t.alerts.channels[one]}
              </option>
            ))}
          </select>
        )}
      </Field>
    </div>
  );
}
