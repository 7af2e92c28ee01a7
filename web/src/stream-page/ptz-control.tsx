import {
  ArrowDown,
  ArrowLeft,
  ArrowRight,
  ArrowUp,
  type LucideIcon,
  Move3d,
  ZoomIn,
  ZoomOut,
} from 'lucide-react';
import { useState } from 'react';
import { streamPath } from '../api/client.ts';
import type { PtzState } from '../api/types.ts';
import { Problem } from '../controls/problem.tsx';
import { useAction } from '../controls/use-action.ts';
import { useDevice, usePtz } from '../queries/streams.ts';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';

interface Move {
  readonly name: keyof typeof t.ptz.moves;
  readonly icon: LucideIcon;
  readonly velocity: { pan?: number; tilt?: number; zoom?: number };
  readonly place: string;
}

const MOVES: readonly Move[] = [
  { name: 'up', icon: ArrowUp, velocity: { tilt: 0.5 }, place: 'col-start-2 row-start-1' },
  { name: 'left', icon: ArrowLeft, velocity: { pan: -0.5 }, place: 'col-start-1 row-start-2' },
  { name: 'right', icon: ArrowRight, velocity: { pan: 0.5 }, place: 'col-start-3 row-start-2' },
  { name: 'down', icon: ArrowDown, velocity: { tilt: -0.5 }, place: 'col-start-2 row-start-3' },
  { name: 'in', icon: ZoomIn, velocity: { zoom: 0.5 }, place: 'col-start-5 row-start-1' },
  { name: 'out', icon: ZoomOut, velocity: { zoom: -0.5 }, place: 'col-start-5 row-start-3' },
];
/** A press moves it for so long; held down, it is pressed again and again. */
const MOVE_SECONDS = 0.4;

/** Moves a camera that can be moved; one of which nothing is known is asked when somebody wants to know. */
export function PtzControl({ id }: { id: string }) {
  const { data: device } = useDevice(id, true);
  const [asked, setAsked] = useState(false);
  const known = device !== undefined && (device.host ?? device.port ?? device.username) !== null;
  const { data: ptz, isFetching } = usePtz(id, known || asked);
  if (ptz && (ptz.pan_tilt || ptz.zoom)) return <PtzMoves id={id} ptz={ptz} />;
  if (known || device === undefined) return null;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <button type="button" className="button" disabled={isFetching} onClick={() => setAsked(true)}>
        <Move3d className="icon" aria-hidden="true" />
        {isFetching ? t.ptz.asking : t.ptz.ask}
      </button>
      {asked && !isFetching && <span role="status">{t.ptz.none}</span>}
    </div>
  );
}

function PtzMoves({ id, ptz }: { id: string; ptz: PtzState }) {
  const api = useApi();
  const action = useAction();
  const path = `${streamPath(id)}/ptz`;
  const move = ({ velocity }: Move) =>
    action.run(async () => {
      await api.post(`${path}/move`, { ...velocity, seconds: MOVE_SECONDS });
    });
  const go = (token: string) =>
    action.run(async () => {
      await api.post(`${path}/presets/${encodeURIComponent(token)}/go`);
    });
  return (
    <section className="card grid gap-3" data-part="ptz">
      <h2>{t.ptz.title}</h2>
      <div className="grid w-max grid-cols-[repeat(3,36px)_12px_36px] gap-1">
        {MOVES.filter(({ velocity }) => (velocity.zoom === undefined ? ptz.pan_tilt : ptz.zoom)).map(
          (one) => (
            <button
              key={one.name}
              type="button"
              className={`button icon-only ${one.place}`}
              aria-label={t.ptz.moves[one.name]}
              title={t.ptz.moves[one.name]}
              onClick={() => move(one)}
            >
              <one.icon className="icon" aria-hidden="true" />
            </button>
          ),
        )}
      </div>
      {ptz.presets.length > 0 && (
        <div className="flex flex-wrap gap-1.5">
          {ptz.presets.map(({ token, name }) => (
            <button key={token} type="button" className="button" onClick={() => go(token)}>
              {name}
            </button>
          ))}
        </div>
      )}
      <Problem text={action.problem} />
    </section>
  );
}
