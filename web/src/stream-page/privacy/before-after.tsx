import { useState } from 'react';
import { MovingPicture } from '../../pictures/moving-picture.tsx';
import { t } from '../../strings/index.ts';

const HALF = 50;
const QUERY = 'fps=5&width=640';

/** The original and what everybody else sees, one over the other, parted by a line that is moved. */
export function BeforeAfter({ streamId }: { streamId: string }) {
  const [share, setShare] = useState(HALF);
  return (
    <figure className="grid gap-1.5" data-part="before-after">
      <div className="before-after">
        <MovingPicture streamId={streamId} query={QUERY} alt={t.privacy.original} />
        <MovingPicture
          streamId={streamId}
          query={`${QUERY}&covered`}
          alt={t.privacy.covered}
          style={{ clipPath: `inset(0 0 0 ${share}%)` }}
        />
        <span className="before-after-line" style={{ left: `${share}%` }} aria-hidden="true" />
        <span className="before-after-word left-2">{t.privacy.original}</span>
        <span className="before-after-word right-2">{t.privacy.covered}</span>
        <input
          type="range"
          min={0}
          max={100}
          value={share}
          aria-label={t.privacy.compare}
          onChange={(event) => setShare(Number(event.target.value))}
        />
      </div>
      <figcaption className="field-hint">{t.privacy.compareHint}</figcaption>
    </figure>
  );
}
