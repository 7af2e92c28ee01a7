import { useQueryClient } from '@tanstack/react-query';
import { type StreamCommand, streamPath } from '../api/client.ts';
import type { StreamSummary } from '../api/types.ts';
import { Icon, type IconName } from '../controls/icons.tsx';
import { Problem } from '../controls/problem.tsx';
import { Switch } from '../controls/switch.tsx';
import { useAction } from '../controls/use-action.ts';
import { refreshStream } from '../queries/refresh.ts';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';

const ICONS: Record<StreamCommand, IconName> = { start: 'play', stop: 'stop', restart: 'restart' };
type RecordingVerb = 'start' | 'stop' | 'pause' | 'resume';

/** What a recording can be told in its state. */
const VERBS: Readonly<Record<StreamSummary['recording']['status'], readonly RecordingVerb[]>> = {
  recording: ['pause', 'stop'],
  waiting: ['stop'],
  paused: ['resume', 'stop'],
  stopped: ['start'],
  failed: ['start'],
};

/** Start, stop, restart and record, as far as the account may. */
export function StreamControl({ stream }: { stream: StreamSummary }) {
  const { api, can } = useSession();
  const client = useQueryClient();
  const action = useAction();
  const change = (what: () => Promise<unknown>) =>
    action.run(() => what().then(() => refreshStream(client, stream.id)));
  const commands: readonly StreamCommand[] = stream.state === 'stopped' ? ['start'] : ['restart', 'stop'];
  const mayCommand = can('streams:write', stream.id);
  const mayRecord = can('recordings:write', stream.id);
  if (!mayCommand && !mayRecord) return null;
  return (
    <section className="card grid gap-3" data-part="control">
      <h2>{t.stream.control}</h2>
      <div className="flex flex-wrap gap-2">
        {mayCommand &&
          commands.map((command) => (
            <button
              key={command}
              type="button"
              className="button flex-1"
              disabled={action.busy}
              onClick={() => change(() => api.command(stream.id, command))}
            >
              <Icon name={ICONS[command]} />
              {t.stream[command]}
            </button>
          ))}
        {mayRecord &&
          VERBS[stream.recording.status].map((verb) => (
            <button
              key={verb}
              type="button"
              className="button flex-1"
              disabled={action.busy}
              onClick={() => change(() => api.post(`${streamPath(stream.id)}/recording/${verb}`))}
            >
              {t.stream.recording[verb]}
            </button>
          ))}
      </div>
      {mayCommand && (
        <Switch
          checked={stream.recording.enabled}
          disabled={action.busy}
          onChange={(enabled) => change(() => api.setRecording(stream.id, enabled))}
        >
          {t.stream.record}
        </Switch>
      )}
      <Problem text={action.problem} />
    </section>
  );
}
