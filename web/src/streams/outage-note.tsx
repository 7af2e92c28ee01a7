import type { StreamDetail, StreamSummary } from '../api/types.ts';
import { Icon } from '../controls/icons.tsx';
import { formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { outageOf, toneOf } from './stream-state.ts';

/** In the place of the picture: what state the stream is in, since when and why. */
export function OutageNote(props: { state: StreamSummary['state']; detail: StreamDetail | undefined }) {
  const outage = outageOf(props.state, props.detail);
  const tone = toneOf(props.state);
  return (
    <div className="outage" data-tone={tone}>
      {tone === 'busy' ? <span className="spinner" /> : <Icon name={tone === 'idle' ? 'stop' : 'warning'} />}
      <p className="outage-state">{t.state[props.state]}</p>
      <p>{outage.reason}</p>
      {outage.outlook !== '' && <p className="faint outage-outlook">{outage.outlook}</p>}
      {outage.since !== null && <p className="faint">{t.since(formatTime(outage.since, new Date()))}</p>}
    </div>
  );
}
