import { Move3d } from 'lucide-react';
import { useState } from 'react';
import type { PtzState } from '../../api/types.ts';
import { Problem } from '../../controls/problem.tsx';
import { useAction } from '../../controls/use-action.ts';
import { useDevice, usePtz } from '../../queries/streams.ts';
import { t } from '../../strings/index.ts';
import { Moves } from './moves.tsx';
import { Presets } from './presets.tsx';

/** Moves a camera that can be moved; one of which nothing is known is asked when somebody wants to know. */
export function PtzControl({ id }: { id: string }) {
  const { data: device } = useDevice(id, true);
  const [asked, setAsked] = useState(false);
  const known = device !== undefined && (device.host ?? device.port ?? device.username) !== null;
  const { data: ptz, isFetching } = usePtz(id, known || asked);
  if (ptz && (ptz.pan_tilt || ptz.zoom)) return <Ptz id={id} ptz={ptz} />;
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

function Ptz({ id, ptz }: { id: string; ptz: PtzState }) {
  const action = useAction();
  return (
    <section className="card grid gap-3" data-part="ptz">
      <h2>{t.ptz.title}</h2>
      <Moves id={id} ptz={ptz} />
      <Presets id={id} ptz={ptz} action={action} />
      <Problem text={action.problem} />
    </section>
  );
}
