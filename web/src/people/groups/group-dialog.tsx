import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { CameraGroup } from '../../api/types.ts';
import { Field } from '../../controls/field.tsx';
import { CameraTicks } from '../../forms/camera-ticks.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';

const PATH = '/api/v1/camera-groups';

/** Name and cameras of a group; null for a new one. */
export function GroupDialog({ group, onClose }: { group: CameraGroup | null; onClose: () => void }) {
  const api = useApi();
  const client = useQueryClient();
  const [name, setName] = useState(group?.name ?? '');
  const [cameras, setCameras] = useState<readonly string[]>(group?.cameras ?? []);
  const save = async () => {
    const body = { name: name.trim(), cameras };
    await (group ? api.put(`${PATH}/${group.id}`, body) : api.post(PATH, body));
    await client.invalidateQueries({ queryKey: ['camera-groups'] });
  };
  return (
    <FormDialog
      title={group ? group.name : t.groups.add}
      onClose={onClose}
      ready={name.trim() !== ''}
      save={save}
    >
      <Field label={t.tokens.name}>
        {(field) => (
          <input
            {...field}
            name="group-name"
            value={name}
            required
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <fieldset className="grid gap-1">
        <legend>{t.people.reach}</legend>
        <CameraTicks chosen={cameras} onChange={setCameras} />
      </fieldset>
    </FormDialog>
  );
}
