import { CameraTicks } from '../forms/camera-ticks.tsx';
import { t } from '../strings/index.ts';

/** Which cameras a rule watches; null is all, also those to come. */
export function WatchedCameras(props: {
  chosen: readonly string[] | null;
  onChange: (ids: string[] | null) => void;
}) {
  const { chosen, onChange } = props;
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
      {chosen !== null && <CameraTicks chosen={chosen} onChange={onChange} />}
    </fieldset>
  );
}
