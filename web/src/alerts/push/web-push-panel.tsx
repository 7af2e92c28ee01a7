import { useQueryClient } from '@tanstack/react-query';
import { BellRing } from 'lucide-react';
import { useState } from 'react';
import { Problem } from '../../controls/problem.tsx';
import { useAction } from '../../controls/use-action.ts';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import { type PushTools, pushAbility, pushChannel, subscribe, unsubscribe } from './web-push.ts';

/** This browser as a channel: notices appear on the device, also with the page closed. */
export function WebPushPanel() {
  const api = useApi();
  const client = useQueryClient();
  const action = useAction();
  const [on, setOn] = useState(() => pushChannel(localStorage) !== null);
  const [denied, setDenied] = useState(false);
  const ability = pushAbility(globalThis);
  const change = () =>
    action.run(async () => {
      const tools: PushTools = {
        api,
        workers: navigator.serviceWorker,
        askPermission: () => Notification.requestPermission(),
        storage: localStorage,
      };
      if (on) await unsubscribe(tools);
      else setDenied(!(await subscribe(t.push.name(deviceName()), tools)));
      setOn(pushChannel(localStorage) !== null);
      await client.invalidateQueries({ queryKey: ['channels'] });
    });
  return (
    <section className="card flex flex-wrap items-center gap-3" data-part="web-push">
      <span className="min-w-0 flex-1">
        <h2>{t.push.title}</h2>
        <p className="text-faint">{ability === 'able' ? t.push.text : t.push[ability]}</p>
      </span>
      {ability === 'able' && (
        <button type="button" className="button" disabled={action.busy} onClick={change} aria-pressed={on}>
          <BellRing className="icon" aria-hidden="true" />
          {on ? t.push.off : t.push.on}
        </button>
      )}
      {denied && <Problem text={t.push.denied} />}
      <Problem text={action.problem} />
    </section>
  );
}

/** The browser by the name that people know. */
function deviceName(): string {
  const agent = navigator.userAgent;
  return ['Firefox', 'Edg', 'Chrome', 'Safari'].find((name) => agent.includes(name)) ?? navigator.platform;
}
