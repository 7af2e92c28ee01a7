import type { Grant } from '../api/types.ts';
import { useGroups } from '../queries/groups.ts';
import { useStreams } from '../queries/streams.ts';
import { t } from '../strings/index.ts';

type Reach = 'all' | 'granted';

/** Every camera there is and will be, or those that are ticked, and groups of them. */
export function GrantsField(props: {
  reach: Reach;
  grants: readonly Grant[];
  onChange: (reach: Reach, grants: readonly Grant[]) => void;
}) {
  const { reach, grants, onChange } = props;
  const { data: streams } = useStreams();
  const { data: groups } = useGroups();
  const toggle = (kind: Grant['kind'], id: string, on: boolean) => {
    const others = grants.filter((grant) => grant.kind !== kind || grant.id !== id);
    onChange(reach, on ? [...others, { kind, id, scopes: null }] : others);
  };
  const has = (kind: Grant['kind'], id: string) =>
    grants.some((grant) => grant.kind === kind && grant.id === id);
  return (
    <fieldset className="grid gap-2">
      <legend>{t.people.reach}</legend>
      {(['all', 'granted'] as const).map((one) => (
        <label key={one} className="flex items-center gap-2">
          <input
            type="radio"
            name="reach"
            value={one}
            checked={reach === one}
            onChange={() => onChange(one, grants)}
          />
          {one === 'all' ? t.people.everything : t.people.chosen}
        </label>
      ))}
      {reach === 'granted' && (
        <div className="grid max-h-48 gap-1 overflow-y-auto rounded-control border border-line p-2">
          {groups?.items.map(({ id, name }) => (
            <label key={id} className="flex items-center gap-2">
              <input
                type="checkbox"
                checked={has('group', id)}
                onChange={(event) => toggle('group', id, event.target.checked)}
              />
              {t.people.group(name)}
            </label>
          ))}
          {streams?.map(({ id }) => (
            <label key={id} className="flex items-center gap-2">
              <input
                type="checkbox"
                data-grant={id}
                checked={has('camera', id) || has('stream', id)}
                onChange={(event) =>
                  toggle(has('stream', id) ? 'stream' : 'camera', id, event.target.checked)
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
