import type { Scope } from '../api/types.ts';
import { t } from '../strings/index.ts';

/** What a token or a program may do, of all that who asks may give away. */
export function ScopesField(props: {
  all: readonly Scope[];
  chosen: readonly Scope[];
  onChange: (scopes: readonly Scope[]) => void;
}) {
  const { all, chosen, onChange } = props;
  return (
    <fieldset className="grid gap-2">
      <legend>{t.tokens.scopes}</legend>
      <div className="grid max-h-40 grid-cols-2 gap-1 overflow-y-auto rounded-control border border-line p-2">
        {all.map((scope) => (
          <label key={scope} className="flex items-center gap-2">
            <input
              type="checkbox"
              data-scope={scope}
              checked={chosen.includes(scope)}
              onChange={(event) =>
                onChange(event.target.checked ? [...chosen, scope] : chosen.filter((one) => one !== scope))
              }
            />
            <code className="text-xs">{scope}</code>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
