import { useStreams } from '../queries/streams.ts';
import { t } from '../strings/index.ts';

/** Which cameras a rule watches; null is all, also those to come. */
export function WatchedCameras(props: {
  chosen: readonly string[] | null;
  onChange: (ids: string[] | null) => void;
}) {
  const { chosen, onChange } = props;
  const { data: streams } = useStreams();
  const ids = [...new Set([...(streams ?? []).map(({ id }) => id), ...(chosen ?? [])])];
  return (
    <fieldset className="grid gap-1">
      <legend>{t.people.reach}</legend>
      {[true, false].map((all) => (
        <label key={String(all)} className="flex items-center gap-2">
          <input
            type="radio"
            name="watched"
            checked={(chosen === null) === all}
            onChange={() => onChange(all ? null : [])}
          />
          {all ? t.people.everything : t.people.chosen}
        </label>
      ))}
      {chosen !== null && (
        <div className="grid max-h-40 gap-1 overflow-y-auto rounded-control border border-line p-2">
          {ids.map((id) => (
            <label key={id} className="flex items-center gap-2">
              <input
                type="checkbox"
                data-watched={id}
                checked={chosen.includes(id)}
                onChange={(event) =>
                  onChange(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
                }
              />
              {id}
            </label>
          ))}
        </div>
      )}
    </fieldset>
  );
}
