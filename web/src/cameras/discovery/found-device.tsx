import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { problemText } from '../../api/problem.ts';
import type { DeviceDescription, DiscoveredDevices } from '../../api/types.ts';
import { Field } from '../../controls/field.tsx';
import { Problem } from '../../controls/problem.tsx';
import { SecretInput } from '../../controls/secret-input.tsx';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import type { CameraForm } from '../camera-form.ts';

type Device = DiscoveredDevices['devices'][number];
type Profile = DeviceDescription['profiles'][number];

/** One device of the network: with an account it tells its streams, and one of them is taken. */
export function FoundDevice(props: {
  device: Device;
  open: boolean;
  onOpen: () => void;
  onFound: (found: Partial<CameraForm>) => void;
}) {
  const { device } = props;
  const api = useApi();
  const [account, setAccount] = useState({ username: '', password: '' });
  const describe = useMutation({
    mutationFn: () =>
      api.post<DeviceDescription>(
        '/api/discover/device',
        {
          host: device.address,
          ...(device.ports[0] === undefined ? {} : { port: device.ports[0] }),
          ...(account.username === '' ? {} : account),
        },
        { timeoutMs: 30_000 },
      ),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    describe.mutate();
  };
  const take = (profile: Profile, name: string) =>
    props.onFound({ url: profile.source_url ?? '', ...account, id: idOf(name) });
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1">
          <strong>{device.name ?? device.address}</strong>{' '}
          <span className="text-faint">
            {[device.hardware, device.address].filter((one) => one !== null).join(' · ')}
          </span>
        </p>
        {!props.open && (
          <button type="button" className="button" onClick={props.onOpen}>
            {t.addCamera.choose}
          </button>
        )}
      </div>
      {props.open && (
        <form className="grid gap-3" onSubmit={submit} autoComplete="off">
          <div className="columns">
            <Field label={t.addCamera.username}>
              {(field) => (
                <input
                  {...field}
                  value={account.username}
                  autoCapitalize="none"
                  onChange={(event) => setAccount({ ...account, username: event.target.value })}
                />
              )}
            </Field>
            <Field label={t.addCamera.password}>
              {(field) => (
                <SecretInput
                  {...field}
                  value={account.password}
                  onChange={(event) => setAccount({ ...account, password: event.target.value })}
                  autoComplete="new-password"
                  showLabel={t.addCamera.showPassword}
                  hideLabel={t.addCamera.hidePassword}
                />
              )}
            </Field>
          </div>
          <button type="submit" className="button justify-self-start" disabled={describe.isPending}>
            {describe.isPending ? t.addCamera.asking : t.addCamera.ask}
          </button>
          <Problem text={describe.error && problemText(describe.error)} />
        </form>
      )}
      {props.open && describe.data && <Profiles description={describe.data} onTake={take} />}
    </div>
  );
}

function Profiles(props: {
  description: DeviceDescription;
  onTake: (profile: Profile, name: string) => void;
}) {
  const { profiles, manufacturer, model } = props.description;
  return (
    <ul className="grid gap-2">
      {profiles
        .filter(({ source_url }) => source_url !== null)
        .map((profile) => (
          <li key={profile.token} className="flex flex-wrap items-center gap-3">
            <span className="flex-1">
              {profile.name}{' '}
              <span className="text-faint">
                {[
                  profile.encoding,
                  profile.width && profile.height ? `${profile.width} × ${profile.height}` : null,
                ]
                  .filter((one) => one !== null)
                  .join(' · ')}
              </span>
            </span>
            <button
              type="button"
              className="button primary"
              onClick={() => props.onTake(profile, `${manufacturer}-${model}`)}
            >
              {t.addCamera.take}
            </button>
          </li>
        ))}
    </ul>
  );
}

/** A name that can be an id, from what a device calls itself. */
const idOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
