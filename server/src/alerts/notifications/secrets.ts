import { type ChannelKind, HIDDEN } from '@nightjar/contract/platform';
import { plainUrl } from '../../events/outbox/index.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Settings = Record<string, Json>;

/** Settings that nobody is shown. */
const SECRETS: Readonly<Record<ChannelKind, readonly string[]>> = {
  email: ['password'],
  webhook: ['secret', 'headers'],
  sms: ['password', 'token'],
  mqtt: ['password'],
  ntfy: ['token'],
  telegram: ['bot_token'],
  webpush: ['endpoint', 'keys'],
};

/** Everything inside becomes `***`; names stay. */
function hidden(value: Json): Json {
  if (typeof value !== 'object' || value === null) return HIDDEN;
  if (Array.isArray(value)) return value.map(hidden);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, hidden(inner)]));
}

/** Settings as people are shown them. */
export function shownSettings(kind: ChannelKind, settings: Settings): Settings {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      if (SECRETS[kind].includes(name)) return [name, hidden(value)];
      return [name, name === 'url' && typeof value === 'string' ? plainUrl(value) : value];
    }),
  );
}

/** Puts the stored secrets where the shown settings were sent back. */
function unhidden(sent: Json, shown: Json | undefined, stored: Json | undefined): Json {
  if (sent === shown && stored !== undefined) return stored;
  if (!isObject(sent) || !isObject(shown) || !isObject(stored)) return sent;
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [name, unhidden(value, shown[name], stored[name])]),
  );
}

const isObject = (value: Json | undefined): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What was sent, with `***` as what is stored. */
export function mergedSettings(kind: ChannelKind, sent: Settings, stored: Settings): Settings {
  return unhidden(sent, shownSettings(kind, stored), stored) as Settings;
}

/** Whether `***` is left where a secret should be. */
export const holdsHidden = (settings: Settings): boolean => JSON.stringify(settings).includes(`"${HIDDEN}"`);

/** Where messages of a channel go: a secret is kept for the same place only. */
export const placeOf = ({ url, host, port, endpoint }: Settings): string =>
  JSON.stringify([url ?? null, host ?? null, port ?? null, endpoint ?? null]);
