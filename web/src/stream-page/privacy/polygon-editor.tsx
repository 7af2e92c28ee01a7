import { Plus, Trash2 } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { MovingPicture } from '../../pictures/moving-picture.tsx';
import { t } from '../../strings/index.ts';
import { MIDDLE, type Place, type Polygon, pathOf, placeOf, withCorner, withMoved } from './polygons.ts';

const KEY_STEP = 0.01;
const ARROWS: Readonly<Record<string, Place>> = {
  ArrowLeft: [-KEY_STEP, 0],
  ArrowRight: [KEY_STEP, 0],
  ArrowUp: [0, -KEY_STEP],
  ArrowDown: [0, KEY_STEP],
};
const MOST = 32;

interface Corner {
  readonly polygon: number;
  readonly corner: number;
}

/** Shapes drawn over the camera's picture; their corners are dragged, or moved by the arrow keys. */
export function PolygonEditor(props: {
  /** The stream whose picture lies below. */
  streamId: string;
  polygons: readonly Polygon[];
  onChange: (polygons: readonly Polygon[]) => void;
}) {
  const { polygons, onChange } = props;
  const box = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState<Polygon>([]);
  const placeAt = (event: { clientX: number; clientY: number }): Place => {
    const { left, top, width, height } = box.current!.getBoundingClientRect();
    return placeOf((event.clientX - left) / width, (event.clientY - top) / height);
  };
  const press = (event: PointerEvent) => {
    if (event.button !== 0 || polygons.length >= MOST) return;
    const next = withCorner(drawn, placeAt(event));
    setDrawn(next.drawn);
    if (next.closed) onChange([...polygons, next.closed]);
  };
  return (
    <div className="grid gap-2">
      <div ref={box} className="polygons" onPointerDown={press} data-part="polygons">
        <MovingPicture streamId={props.streamId} query="fps=3&width=960" alt={t.privacy.picture} />
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          {polygons.map((polygon) => (
            <polygon key={pathOf(polygon)} points={pathOf(polygon)} />
          ))}
          <polyline points={pathOf(drawn)} />
        </svg>
        {drawn.map((place) => (
          <span key={place.join()} className="corner drawn" style={styleOf(place)} />
        ))}
        <Corners
          polygons={polygons}
          placeAt={placeAt}
          onMove={(which, place) => onChange(withMoved(polygons, which, place))}
        />
      </div>
      <p className="field-hint">{t.privacy.drawHint}</p>
      <Shapes polygons={polygons} onChange={onChange} />
    </div>
  );
}

const styleOf = ([x, y]: Place) => ({ left: `${x * 100}%`, top: `${y * 100}%` });

/** The corners of every shape. */
function Corners(props: {
  polygons: readonly Polygon[];
  placeAt: (event: { clientX: number; clientY: number }) => Place;
  onMove: (which: Corner, place: Place) => void;
}) {
  const moving = useRef<Corner | null>(null);
  const hold = (event: PointerEvent, which: Corner) => {
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    moving.current = which;
  };
  const drag = (event: PointerEvent) => {
    if (moving.current) props.onMove(moving.current, props.placeAt(event));
  };
  const letGo = () => {
    moving.current = null;
  };
  const nudge = (event: KeyboardEvent, which: Corner, [x, y]: Place) => {
    const by = ARROWS[event.key];
    if (!by) return;
    event.preventDefault();
    props.onMove(which, placeOf(x + by[0], y + by[1]));
  };
  return props.polygons.flatMap((polygon, i) =>
    polygon.map((place, j) => (
      <button
        // biome-ignore lint/suspicious/noArrayIndexKey: where a corner is changes while it is moved; which it is does not
        key={`${i} ${j}`}
        type="button"
        className="corner"
        aria-label={t.privacy.corner(i + 1, j + 1)}
        style={styleOf(place)}
        onPointerDown={(event) => hold(event, { polygon: i, corner: j })}
        onPointerMove={drag}
        onPointerUp={letGo}
        onPointerCancel={letGo}
        onKeyDown={(event) => nudge(event, { polygon: i, corner: j }, place)}
      />
    )),
  );
}

/** Each shape with the way out, and a new one for who does not point. */
function Shapes(props: { polygons: readonly Polygon[]; onChange: (polygons: readonly Polygon[]) => void }) {
  const { polygons, onChange } = props;
  return (
    <div className="flex flex-wrap gap-2">
      {polygons.map((polygon, i) => (
        <button
          key={pathOf(polygon)}
          type="button"
          className="button"
          aria-label={t.privacy.removeArea(i + 1)}
          onClick={() => onChange(polygons.filter((other) => other !== polygon))}
        >
          {t.privacy.area(i + 1)}
          <Trash2 className="icon" aria-hidden="true" />
        </button>
      ))}
      <button
        type="button"
        className="button"
        disabled={polygons.length >= MOST}
        onClick={() => onChange([...polygons, MIDDLE])}
        data-part="new-area"
      >
        <Plus className="icon" aria-hidden="true" />
        {t.privacy.addArea}
      </button>
    </div>
  );
}
