import type { ApiClient, StreamCommand } from '../api/client.ts';
import type { StreamSummary } from '../api/types.ts';
import { Icon, type IconName } from '../controls/icons.tsx';
import { Problem } from '../controls/problem.tsx';
import { Switch } from '../controls/switch.tsx';
import { useAction } from '../controls/use-action.ts';
import { t } from '../strings/index.ts';

const ICONS: Record<StreamCommand, IconName> = { start: 'play', stop: 'stop', restart: 'restart' };

/** Start, stop, restart and record. */
export function StreamControl(props: { stream: StreamSummary; api: ApiClient; onChanged: () => void }) {
  const { stream, api, onChanged } = props;
  const action = useAction();
  const change = (what: () => Promise<void>) => action.run(() => what().then(onChanged));
  const commands: readonly StreamCommand[] = stream.state === 'stopped' ? ['start'] : ['restart', 'stop'];
  return (
    <section className="card">
      <h2>{t.stream.control}</h2>
      <div className="row">
        {commands.map((command) => (
          <button
            key={command}
            type="button"
            className="button"
            disabled={action.busy}
            onClick={() => change(() => api.command(stream.id, command))}
          >
            <Icon name={ICONS[command]} />
            {t.stream[command]}
          </button>
        ))}
      </div>
      <Switch
        checked={stream.recording.enabled}
        disabled={action.busy}
        onChange={(enabled) => change(() => api.setRecording(stream.id, enabled))}
      >
        {t.stream.record}
      </Switch>
      <Problem text={action.problem} />
    </section>
  );
}
