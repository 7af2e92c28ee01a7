import {
  closestCenter,
  DndContext,
  KeyboardSensor,
  PointerSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import {
  rectSortingStrategy,
  SortableContext,
  sortableKeyboardCoordinates,
  useSortable,
} from '@dnd-kit/sortable';
import { GripVertical, Maximize2, Minimize2, Plus, X } from 'lucide-react';
import { type CSSProperties, type FormEvent, useState } from 'react';
import { problemText } from '../api/problem.ts';
import type { Layout, StreamSummary } from '../api/types.ts';
import { Problem } from '../controls/problem.tsx';
import { type LayoutDraft, useKeepLayout } from '../queries/layouts.ts';
import { t } from '../strings/index.ts';
import { movedTo, type Placed, placedOf, tilesOf } from './arrangement.ts';

const COLUMNS = [1, 2, 3, 4, 5, 6, 8];
const MOVES_PX = 6;

/** A wall is put in order: by pointer, finger or keyboard. */
export function Arrange(props: {
  streams: readonly StreamSummary[];
  /** What is changed; null for a new one. */
  layout: Layout | null;
  onDone: (id: string | null) => void;
}) {
  const { streams, layout } = props;
  const [placed, setPlaced] = useState<readonly Placed[]>(() =>
    layout ? placedOf(layout.tiles) : streams.map(({ id }) => ({ id, size: 1 })),
  );
  const [draft, setDraft] = useState<Draft>({
    name: layout?.name ?? '',
    columns: layout?.columns ?? 3,
    shared: layout?.shared ?? false,
  });
  const { columns } = draft;
  const keep = useKeepLayout();
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: MOVES_PX } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const left = streams.map(({ id }) => id).filter((id) => placed.every((one) => one.id !== id));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.mutate(
      {
        ...draft,
        id: layout?.own ? layout.id : null,
        name: draft.name.trim(),
        tiles: tilesOf(placed, columns),
      },
      { onSuccess: ({ id }) => props.onDone(id) },
    );
  };
  return (
    <form className="grid gap-3" onSubmit={submit} data-part="arrange">
      <ArrangeBar
        draft={draft}
        onChange={setDraft}
        busy={keep.isPending}
        problem={keep.error && problemText(keep.error)}
        onCancel={() => props.onDone(layout?.id ?? null)}
      />
      <p className="text-faint">{t.layouts.help}</p>
      <DndContext
        sensors={sensors}
        collisionDetection={closestCenter}
        onDragEnd={({ active, over }) =>
          over && setPlaced((all) => movedTo(all, String(active.id), String(over.id)))
        }
      >
        <SortableContext items={placed.map(({ id }) => id)} strategy={rectSortingStrategy}>
          <ul className="grid gap-2.5" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
            {placed.map((one) => (
              <Place
                key={one.id}
                placed={one}
                onChange={(change) =>
                  setPlaced((all) =>
                    change === null
                      ? all.filter(({ id }) => id !== one.id)
                      : all.map((other) => (other.id === one.id ? change : other)),
                  )
                }
              />
            ))}
          </ul>
        </SortableContext>
      </DndContext>
      <LeftOut ids={left} onAdd={(id) => setPlaced((all) => [...all, { id, size: 1 }])} />
    </form>
  );
}

/** Cameras that are not on the wall. */
function LeftOut({ ids, onAdd }: { ids: readonly string[]; onAdd: (id: string) => void }) {
  if (ids.length === 0) return null;
  return (
    <div className="flex flex-wrap gap-2">
      {ids.map((id) => (
        <button key={id} type="button" className="button" onClick={() => onAdd(id)}>
          <Plus className="icon" aria-hidden="true" />
          {id}
        </button>
      ))}
    </div>
  );
}

type Draft = Pick<LayoutDraft, 'name' | 'columns' | 'shared'>;

/** Name and columns of the wall, and the way out. */
function ArrangeBar(props: {
  draft: Draft;
  onChange: (draft: Draft) => void;
  busy: boolean;
  problem: string | null;
  onCancel: () => void;
}) {
  const { draft } = props;
  return (
    <div className="card flex flex-wrap items-center gap-3 p-2.5">
      <input
        className="!w-52"
        aria-label={t.layouts.name}
        placeholder={t.layouts.name}
        value={draft.name}
        onChange={(event) => props.onChange({ ...draft, name: event.target.value })}
        required
      />
      <select
        className="button"
        aria-label={t.layouts.columns}
        value={draft.columns}
        onChange={(event) => props.onChange({ ...draft, columns: Number(event.target.value) })}
      >
        {COLUMNS.map((count) => (
          <option key={count} value={count}>
            {t.layouts.columnsOf(count)}
          </option>
        ))}
      </select>
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          checked={draft.shared}
          onChange={(event) => props.onChange({ ...draft, shared: event.target.checked })}
        />
        {t.layouts.shared}
      </label>
      <span className="ml-auto flex gap-2">
        <button type="button" className="button" onClick={props.onCancel}>
          {t.app.cancel}
        </button>
        <button type="submit" className="button primary" disabled={draft.name.trim() === '' || props.busy}>
          {props.busy ? t.app.saving : t.app.save}
        </button>
      </span>
      <Problem text={props.problem} />
    </div>
  );
}

function Place(props: { placed: Placed; onChange: (change: Placed | null) => void }) {
  const { id, size } = props.placed;
  const { setNodeRef, attributes, listeners, transform, transition, isDragging } = useSortable({ id });
  const style: CSSProperties = {
    gridColumn: `span ${size}`,
    gridRow: `span ${size}`,
    transform: transform ? `translate(${transform.x}px, ${transform.y}px)` : undefined,
    transition,
    zIndex: isDragging ? 1 : undefined,
  };
  const grow = size === 1 ? t.layouts.larger(id) : t.layouts.smaller(id);
  return (
    <li
      ref={setNodeRef}
      style={style}
      className="grid aspect-video content-center gap-2 rounded-box border border-line bg-surface p-2 text-center"
      data-place={id}
    >
      <button
        type="button"
        className="button quiet mx-auto cursor-grab touch-none"
        {...attributes}
        {...listeners}
        aria-label={t.layouts.move(id)}
      >
        <GripVertical className="icon" aria-hidden="true" />
        <span className="truncate">{id}</span>
      </button>
      <span className="flex justify-center gap-1">
        <button
          type="button"
          className="button quiet icon-only"
          aria-label={grow}
          title={grow}
          onClick={() => props.onChange({ id, size: size === 1 ? 2 : 1 })}
        >
          {size === 1 ? <Maximize2 className="icon" /> : <Minimize2 className="icon" />}
        </button>
        <button
          type="button"
          className="button quiet icon-only"
          aria-label={t.layouts.leaveOut(id)}
          title={t.layouts.leaveOut(id)}
          onClick={() => props.onChange(null)}
        >
          <X className="icon" />
        </button>
      </span>
    </li>
  );
}
