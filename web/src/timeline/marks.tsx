import { type Mark, useMarks } from './use-marks.ts';
import { blockOf, shareOf, type Visible } from './visible.ts';

const COLORS = { bookmark: 'track-bookmark', event: 'track-event', problem: 'track-problem' } as const;

/** Bookmarks and events over a track; the track itself is pressed to go there. */
export function Marks({ id, visible }: { id: string; visible: Visible }) {
  const marks = useMarks(id, blockOf(visible));
  return marks
    .filter(({ from, to }) => to >= visible.from && from <= visible.to)
    .map((mark) => <MarkBar key={mark.key} mark={mark} visible={visible} />);
}

function MarkBar({ mark, visible }: { mark: Mark; visible: Visible }) {
  const left = Math.max(0, shareOf(visible, mark.from));
  const width = Math.min(1, shareOf(visible, mark.to)) - left;
  return (
    <span
      className={`track-mark ${COLORS[mark.kind]}`}
      style={{ left: `${left * 100}%`, width: `max(4px, ${width * 100}%)` }}
      title={mark.label}
      data-mark={mark.kind}
    />
  );
}
