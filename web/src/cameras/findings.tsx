import { CircleAlert, CircleCheck, CircleX } from 'lucide-react';
import type { ReactNode } from 'react';
import type { CameraReport } from '../api/types.ts';
import { formatBitrate, formatFramerate, formatResolution } from '../strings/format.ts';
import { t } from '../strings/index.ts';

const DRAWINGS = { good: CircleCheck, limited: CircleAlert, bad: CircleX };
const TONES = { good: 'text-good', limited: 'text-busy', bad: 'text-bad' };

/** What a camera sends, and what will and will not work with it. */
export function Findings(props: {
  report: CameraReport | null;
  busy: boolean;
  /** Stands above what was found. */
  children?: ReactNode;
}) {
  const { report, busy } = props;
  if (busy) {
    return (
      <section className="card grid gap-3" aria-busy="true">
        <h2>{t.addCamera.findings}</h2>
        <p className="text-faint" role="status">
          {t.addCamera.checkingText}
        </p>
        {[80, 60, 70].map((width) => (
          <div key={width} className="skeleton h-5" style={{ width: `${width}%` }} />
        ))}
      </section>
    );
  }
  if (report === null) {
    return (
      <section className="card grid gap-2">
        <h2>{t.addCamera.findings}</h2>
        <p className="text-faint">{t.addCamera.findingsEmpty}</p>
      </section>
    );
  }
  return (
    <section className="card grid gap-3" data-part="findings">
      <h2>{t.addCamera.findings}</h2>
      {props.children}
      <ul className="grid gap-2">
        {report.notes.map(({ level, message }) => {
          const Drawing = DRAWINGS[level];
          return (
            <li key={message} className="flex gap-2">
              <Drawing className={`icon mt-0.5 ${TONES[level]}`} aria-label={t.addCamera.level[level]} />
              <span>{message}</span>
            </li>
          );
        })}
      </ul>
      <dl className="facts">
        {factsOf(report).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function factsOf({ video, audio, transport }: CameraReport): readonly (readonly [string, string])[] {
  const rows: (readonly [string, string | null])[] = [
    [t.stream.resolution, video && formatResolution(video.resolution)],
    [t.stream.framerate, video?.frame_rate ? formatFramerate(video.frame_rate) : null],
    [t.stream.bitrate, video && formatBitrate(video.bitrate)],
    [t.stream.codecs, [video, audio].flatMap((one) => (one ? [one.codec.toUpperCase()] : [])).join(' + ')],
    [t.addCamera.transport, transport?.toUpperCase() ?? null],
  ];
  return rows.flatMap(([name, value]) => (value ? [[name, value] as const] : []));
}
