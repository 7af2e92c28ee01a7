import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, type LucideIcon, ZoomIn, ZoomOut } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { streamPath } from '../../api/client.ts';
import { problemText } from '../../api/problem.ts';
import type { PtzState } from '../../api/types.ts';
import { Problem } from '../../controls/problem.tsx';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';

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
/** One press by keyboard moves it for so long. */
const STEP_SECONDS = 0.4;
/** While a button is held, it is told again before the last order ends: a lost page cannot move it on for ever. */
const HELD_SECONDS = 1.5;
const AGAIN_MS = 1_000;

/** Buttons that move a camera for as long as they are held. */
export function Moves({ id, ptz }: { id: string; ptz: PtzState }) {
  const { problem, hold, letGo, step } = useMoves(id);
  return (
    <>
      <div className="grid w-max grid-cols-[repeat(3,40px)_12px_40px] gap-1">
        {MOVES.filter(({ velocity }) => (velocity.zoom === undefined ? ptz.pan_tilt : ptz.zoom)).map(
          (move) => (
            <button
              key={move.name}
              type="button"
              className={`button icon-only touch-none ${move.place}`}
              aria-label={t.ptz.moves[move.name]}
              title={t.ptz.moves[move.name]}
              data-move={move.name}
              onPointerDown={(event) => {
                event.currentTarget.setPointerCapture(event.pointerId);
                hold(move);
              }}
              onPointerUp={letGo}
              onPointerCancel={letGo}
              onContextMenu={(event) => event.preventDefault()}
              // A press by keyboard, or of a program that reads the page aloud: it is not held.
              onClick={(event) => event.detail === 0 && step(move)}
            >
              <move.icon className="icon" aria-hidden="true" />
            </button>
          ),
        )}
      </div>
      <Problem text={problem} />
    </>
  );
}

/** Orders to a camera, one after another, so that a stop never comes before its move. */
function useMoves(id: string) {
  const api = useApi();
  const [problem, setProblem] = useState<string | null>(null);
  const orders = useRef<Promise<unknown>>(Promise.resolve());
  const timer = useRef(0);
  const path = `${streamPath(id)}/ptz`;
  const order = (what: () => Promise<unknown>) => {
    orders.current = orders.current
      .then(what)
      .then(() => setProblem(null))
      .catch((error: unknown) => setProblem(problemText(error)));
  };
  const move = ({ velocity }: Move, seconds: number) =>
    order(() => api.post(`${path}/move`, { ...velocity, seconds }));
  useEffect(() => () => clearInterval(timer.current), []);
  return {
    problem,
    step: (which: Move) => move(which, STEP_SECONDS),
    hold: (which: Move) => {
      move(which, HELD_SECONDS);
      timer.current = window.setInterval(() => move(which, HELD_SECONDS), AGAIN_MS);
    },
    letGo: () => {
      if (timer.current === 0) return;
      clearInterval(timer.current);
      timer.current = 0;
      order(() => api.post(`${path}/stop`));
    },
  };
}
