import type { StreamDetail, StreamSummary } from '../api/types.ts';
import {
  formatBitrate,
  formatFramerate,
  formatLoss,
  formatResolution,
  formatTime,
} from '../strings/format.ts';
import { t } from '../strings/index.ts';

type Row = readonly [label: string, value: string | null];

/** The figures of the picture and where it comes from. */
export function StreamFacts(props: { stream: StreamSummary; detail: StreamDetail | undefined }) {
  return (
    <section className="card">
      <h2>{t.stream.facts}</h2>
      <dl className="facts">
        {factRows(props.stream, props.detail, new Date()).map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value ?? t.stream.unknown}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function factRows(stream: StreamSummary, detail: StreamDetail | undefined, now: Date): readonly Row[] {
  const { resolution, framerate, bitrate, packets_received, packets_lost } = stream.metrics;
  const live = stream.state === 'live';
  const connected = detail?.last_connected ?? null;
  const codecs = detail?.tracks.map((track) => track.codec.toUpperCase()).join(' + ') ?? '';
  return [
    [t.stream.resolution, live && resolution !== null ? formatResolution(resolution) : null],
    [t.stream.framerate, live && framerate !== null ? formatFramerate(framerate) : null],
    [t.stream.bitrate, live && bitrate !== null ? formatBitrate(bitrate) : null],
    [t.stream.codecs, codecs === '' ? null : codecs],
    [
      t.stream.loss,
      packets_received !== null && packets_lost !== null ? formatLoss(packets_received, packets_lost) : null,
    ],
    [t.stream.connected, connected === null ? null : formatTime(connected, now)],
    [t.stream.added, detail ? formatTime(detail.created_at, now) : null],
    [t.stream.address, stream.source_url],
  ];
}
