import { Link } from '@tanstack/react-router';
import { CircleAlert, CircleX, Info } from 'lucide-react';
import type { Activity } from '../api/types.ts';
import { useSession } from '../session/session.ts';
import { formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { together } from './together.ts';

const DRAWINGS = { info: Info, warning: CircleAlert, error: CircleX };
const TONES = { info: 'text-faint', warning: 'text-busy', error: 'text-bad' };
const WORDS: Readonly<Record<string, string>> = t.activity.types;

/** Of what was told when it began. */
const GOES_ON = /^detection\.(updated|ended)$/;

/** What happened and what was done, newest first; that files begin and end is told to who asks for it. */
export function Feed({ items, files = false }: { items: readonly Activity[]; files?: boolean }) {
  const { can } = useSession();
  const now = new Date();
  return (
    <ul className="card grid p-0" data-part="feed">
      {together(
        items.filter(({ type }) => (files || !type.startsWith('segment.')) && !GOES_ON.test(type)),
      ).map(({ newest, count }) => {
        const Drawing = DRAWINGS[newest.severity];
        const camera = newest.camera_id;
        return (
          <li key={newest.id} className="flex items-start gap-3 border-line px-3 py-2 not-first:border-t">
            <Drawing
              className={`icon mt-0.5 ${TONES[newest.severity]}`}
              aria-label={t.activity.severity[newest.severity]}
            />
            <div className="min-w-0 flex-1 break-words">
              <p>
                {camera !== null && (
                  <Link
                    to="/cameras/$id"
                    params={{ id: camera }}
                    className="mr-1.5 font-semibold text-ink no-underline"
                  >
                    {newest.camera_name ?? camera}
                  </Link>
                )}
                {WORDS[newest.type] ?? newest.type}
                {count > 1 && <span className="pill ml-2">{t.stream.times(count)}</span>}
                {newest.outcome !== null && newest.outcome !== 'done' && (
                  <span className="pill ml-2" data-tone="bad">
                    {t.activity.outcome[newest.outcome]}
                  </span>
                )}
              </p>
              {(newest.message ?? newest.actor) !== null && (
                <p className="text-faint">{newest.message ?? newest.actor}</p>
              )}
            </div>
            <span className="flex flex-col items-end gap-0.5 text-faint tabular-nums">
              <time dateTime={newest.at}>{formatTime(newest.at, now)}</time>
              {camera !== null && newest.kind === 'event' && can('recordings:read', camera) && (
                <Link
                  to="/timeline"
                  search={{ cameras: camera, at: Date.parse(newest.at) - 5_000 }}
                  className="text-xs"
                >
                  {t.nav.timeline}
                </Link>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
