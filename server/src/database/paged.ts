import type { Selectable, SelectQueryBuilder } from 'kysely';
import type { Schema } from './schema.ts';

/** Which of a list. */
interface Page {
  limit: number;
  offset: number;
}

type Table = keyof Schema;
type Column<T extends Table> = `${keyof Schema[T] & string}`;
/** In this order; `-` in front is the other way round. */
type Order<T extends Table> = Column<T> | `-${Column<T>}`;

/** One page of the rows that a query finds, and how many there are in all. */
export async function paged<T extends Table>(
  those: SelectQueryBuilder<Schema, T, object>,
  order: readonly Order<T>[],
  { limit, offset }: Page,
): Promise<{ rows: Selectable<Schema[T]>[]; total: number }> {
  let ordered = those.selectAll() as SelectQueryBuilder<Schema, T, Selectable<Schema[T]>>;
  for (const each of order) {
    const falling = each.startsWith('-');
    const column = (falling ? each.slice(1) : each) as never;
    ordered = ordered.orderBy(column, falling ? 'desc' : 'asc');
  }
  const rows = await ordered.limit(limit).offset(offset).execute();
  const { total } = await those
    .select((on) => on.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return { rows: rows as Selectable<Schema[T]>[], total: Number(total) };
}
