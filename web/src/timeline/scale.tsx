import { formatMark } from '../strings/format.ts';
import { shareOf, ticks, type Visible } from './visible.ts';

/** The hours, minutes or seconds above the tracks. */
export function Scale({ visible, least }: { visible: Visible; least: number }) {
  const scale = ticks(visible, least);
  return (
    <div className="relative h-6 text-[11px] text-faint tabular-nums" aria-hidden="true">
      {scale.ticks.map(({ at, day }) => (
        <span
          key={at}
          className={`absolute top-0 border-l pl-1 whitespace-nowrap ${day ? 'border-strong font-semibold text-ink' : 'border-line'}`}
          style={{ left: `${shareOf(visible, at) * 100}%` }}
        >
          {formatMark(at, scale.step, day)}
        </span>
      ))}
    </div>
  );
}
