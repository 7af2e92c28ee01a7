import type { Database, Sql } from './handle.ts';

/** What opens and seals, see `Vault`. */
interface Seals {
  seal(text: string, context: string): string;
  open(sealed: string, context: string): string;
  isStale(sealed: string): boolean;
}

/** A sealed text, what binds it to its row, and how it is replaced. */
interface SealedText {
  sealed: string;
  context: string;
  replace: (sealed: string) => Promise<unknown>;
}

async function sealedTexts(sql: Sql): Promise<SealedText[]> {
  const streams = await sql.selectFrom('streams').select(['id', 'source_sealed']).execute();
  const devices = await sql.selectFrom('camera_devices').select(['stream_id', 'place_sealed']).execute();
  const channels = await sql.selectFrom('notification_channels').select(['id', 'settings_sealed']).execute();
  const pushes = await sql.selectFrom('pushes').select(['id', 'target_sealed']).execute();
  const webhooks = await sql.selectFrom('webhooks').select(['id', 'sealed']).execute();
  const originals = await sql.selectFrom('original_keys').select(['id', 'private_sealed']).execute();
  const people = await sql.selectFrom('people').select(['id', 'totp_sealed']).execute();
  return [
    ...streams.map(({ id, source_sealed: sealed }) => ({
      sealed,
      context: `source:${id}`,
      replace: (source_sealed: string) =>
        sql.updateTable('streams').set({ source_sealed }).where('id', '=', id).execute(),
    })),
    ...devices.map(({ stream_id, place_sealed: sealed }) => ({
      sealed,
      context: `device:${stream_id}`,
      replace: (place_sealed: string) =>
        sql.updateTable('camera_devices').set({ place_sealed }).where('stream_id', '=', stream_id).execute(),
    })),
    ...channels.map(({ id, settings_sealed: sealed }) => ({
      sealed,
      context: `channel:${id}`,
      replace: (settings_sealed: string) =>
        sql.updateTable('notification_channels').set({ settings_sealed }).where('id', '=', id).execute(),
    })),
    ...pushes.map(({ id, target_sealed: sealed }) => ({
      sealed,
      context: `push:${id}`,
      replace: (target_sealed: string) =>
        sql.updateTable('pushes').set({ target_sealed }).where('id', '=', id).execute(),
    })),
    ...webhooks.map(({ id, sealed }) => ({
      sealed,
      context: `webhook:${id}`,
      replace: (again: string) =>
        sql.updateTable('webhooks').set({ sealed: again }).where('id', '=', id).execute(),
    })),
    ...originals.map(({ id, private_sealed: sealed }) => ({
      sealed,
      context: `original-key:${id}`,
      replace: (private_sealed: string) =>
        sql.updateTable('original_keys').set({ private_sealed }).where('id', '=', id).execute(),
    })),
    ...people.map(({ id, totp_sealed }) => ({
      sealed: totp_sealed ?? '',
      context: `totp:${id}`,
      replace: (sealed: string) =>
        sql.updateTable('people').set({ totp_sealed: sealed }).where('id', '=', id).execute(),
    })),
  ];
}

/**
 * Seals with the newest key what an older one sealed, all of it or nothing; answers how many. Throws when one of
 * them cannot be opened.
 */
export function resealAll({ transaction }: Pick<Database, 'transaction'>, vault: Seals): Promise<number> {
  return transaction(async (sql) => {
    const stale = (await sealedTexts(sql)).filter(({ sealed }) => sealed !== '' && vault.isStale(sealed));
    for (const { sealed, context, replace } of stale) {
      await replace(vault.seal(vault.open(sealed, context), context));
    }
    return stale.length;
  });
}
