import { useStreams } from '../queries/streams.ts';

/** Cameras to be ticked; those that are chosen stay listed when they are gone, or out of reach. */
export function CameraTicks(props: { chosen: readonly string[]; onChange: (ids: string[]) => void }) {
  const { chosen, onChange } = props;
  const { data: streams } = useStreams();
  const ids = [...new Set([...(streams ?? []).map(({ id }) => id), ...chosen])];
  return (
    <div className="grid max-h-60 gap-1 overflow-y-auto rounded-control border border-line p-2">
      {ids.map((id) => (
        <label key={id} className="flex items-center gap-2">
          <input
            type="checkbox"
            data-camera={id}
            checked={chosen.includes(id)}
            onChange={(event) =>
              onChange(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
            }
          />
          {id}
        </label>
      ))}
    </div>
  );
}
