import { useQuery } from '@tanstack/react-query';
import type { Channel, ListOf } from '../api/types.ts';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';

/** Every channel. */
export function useChannels() {
  const api = useApi();
  return useQuery({
    queryKey: ['channels'],
    queryFn: ({ signal }) =>
      api.get<ListOf<Channel>>('/api/v1/notification-channels', { query: { limit: 200 }, signal }),
  });
}

/** Which channels are used. */
export function ChannelChoice(props: {
  label: string;
  chosen: readonly string[];
  onChange: (ids: readonly string[]) => void;
}) {
  const { chosen, onChange } = props;
  const { data } = useChannels();
  return (
    <fieldset className="grid gap-1">
      <legend>{props.label}</legend>
      {data?.items.length === 0 && <p className="text-faint">{t.alerts.noChannels}</p>}
      {data?.items.map(({ id, name }) => (
        <label key={id} className="flex items-center gap-2">
          <input
            type="checkbox"
            data-channel-name={name}
            checked={chosen.includes(id)}
            onChange={(event) =>
              onChange(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
            }
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}
