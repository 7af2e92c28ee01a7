import { describe, expect, test } from 'vitest';
import { migrations } from '../migrations/index.ts';
import { Model, parseStatement, toMysql, toPostgres } from './index.ts';

const mysql = (statement: ReturnType<typeof parseStatement>, before: Model) =>
  toMysql(statement, before, 'utf8mb4_nopad_bin');

/** The last of the statements in an engine's words. */
function worded(to: typeof toPostgres, ...statements: string[]): string[] {
  const model = new Model();
  let words: string[] = [];
  for (const statement of statements.map(parseStatement)) {
    words = to(statement, model).map((text) => text.replace(/\s+/g, ' '));
    model.apply(statement);
  }
  return words;
}

const TABLE = `create table things (
  id text primary key,          -- whose it's
  parent text references things (id) on delete cascade,
  size integer not null default -1,
  share real,                   -- 0, 0.5 or 1
  note text not null default 'it''s, so'
) strict`;

describe('a table', () => {
  test('for PostgreSQL', () => {
    expect(worded(toPostgres, TABLE)).toEqual([
      'create table "things" ("id" text collate "C" primary key, ' +
        '"parent" text collate "C" references "things" ("id") on delete cascade, ' +
        '"size" bigint not null default -1, "share" double precision, ' +
        `"note" text collate "C" not null default 'it''s, so')`,
      `comment on column "things"."id" is 'whose it''s'`,
      `comment on column "things"."share" is '0, 0.5 or 1'`,
    ]);
  });

  test('for MySQL, where a text in a key has a length', () => {
    expect(worded(mysql, TABLE)).toEqual([
      "create table `things` (`id` varchar(255) not null comment 'whose it''s', `parent` varchar(255), " +
        "`size` bigint not null default -1, `share` double comment '0, 0.5 or 1', " +
        "`note` longtext not null default ('it''s, so'), primary key (`id`), " +
        'foreign key (`parent`) references `things` (`id`) on delete cascade) ' +
        'engine = InnoDB default character set utf8mb4 collate utf8mb4_nopad_bin',
    ]);
  });

  test('whose key has four texts fits an InnoDB key', () => {
    const columns = ['a', 'b', 'c', 'd'];
    const [sql] = worded(
      mysql,
      `create table t (${columns.map((name) => `${name} text not null`).join(', ')}, primary key (a, b, c, d))`,
    );
    expect(sql).toContain('`d` varchar(192) not null');
  });
});

test('an index that comes later gives its texts a length, once', () => {
  const words = worded(mysql, TABLE, 'create unique index by_note on things (note, size)');
  expect(words).toEqual([
    "alter table `things` modify column `note` varchar(255) not null default ('it''s, so')",
    'create unique index `by_note` on `things` (`note`, `size`)',
  ]);
  const again = worded(
    mysql,
    TABLE,
    'create index one on things (note)',
    'create index two on things (note)',
  );
  expect(again).toEqual(['create index `two` on `things` (`note`)']);
});

test('an index goes with its table where MySQL wants to know it', () => {
  expect(worded(mysql, TABLE, 'create index one on things (size)', 'drop index one')).toEqual([
    'drop index `one` on `things`',
  ]);
});

test.each([
  'create view v as select 1',
  'create table t (a text collate nocase)',
  'create table t (a numeric)',
  'create table t (a text check (length(a) > 1))',
  'alter table t rename to u',
  'pragma user_version = 3',
  'create trigger t after insert on x begin delete from y; end',
])('what is not known on each engine is refused: %s', (statement) => {
  expect(() => parseStatement(statement)).toThrow(/is in no migration so far/);
});

test('an index over some rows is refused for MySQL', () => {
  expect(() => worded(mysql, TABLE, 'create index i on things (size) where size > 0')).toThrow(/i$/);
});

test('every migration is known on each engine', () => {
  for (const to of [toPostgres, mysql]) {
    expect(worded(to, ...migrations.flatMap(({ statements }) => statements))).not.toEqual([]);
  }
});
