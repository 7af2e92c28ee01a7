import { useState } from 'react';
import { useCoverage } from '../queries/streams.ts';
import { HoverPreview } from '../timeline/hover-preview.tsx';
import { TimelineBar } from '../timeline/timeline-bar.tsx';
import { Track } from '../timeline/track.tsx';
import { useNow, useView } from '../timeline/use-view.ts';
import { blockOf, HOUR } from '../timeline/visible.ts';

/** Under the picture: the footage of the last hours; a press goes back to that moment. */
export function StreamTimeline(props: { id: string; at: number | null; onSeek: (at: number) => void }) {
  const { id } = props;
  const now = useNow(2_000);
  const view = useView(() => Date.now() - 0.9 * HOUR, 2 * HOUR);
  const { from, to } = blockOf(view.visible);
  const { data } = useCoverage(id, from, to);
  const [hover, setHover] = useState<number | null>(null);
  return (
    <div className="card relative p-2.5">
      {hover !== null && <HoverPreview at={hover} view={view} camera={id} />}
      <TimelineBar
        view={view}
        at={props.at ?? now}
        now={now}
        range={null}
        onSeek={(at) => at < Date.now() && props.onSeek(at)}
        onHover={setHover}
      >
        <Track name={id} coverage={data} visible={view.visible} now={now} />
      </TimelineBar>
    </div>
  );
}
