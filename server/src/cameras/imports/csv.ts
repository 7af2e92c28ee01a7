import { CsvError, parse } from 'csv-parse/sync';
import { invalid } from '../../kernel/index.ts';
import { withLogin } from './address.ts';
import { type Draft, failure, type Reading, warning } from './draft.ts';
import { shortList } from './go2rtc.ts';

/** The columns, each with what else people call it. */
const COLUMNS = {
  id: ['id', 'camera_id'],
  name: ['name', 'camera', 'camera_name', 'label', 'title', '이름'],
  serialNumber: ['serial_number', 'serial', 'sn'],
  location: ['location', 'place', 'site', '위치'],
  description: ['description', 'notes', 'comment'],
  sourceUrl: ['source_url', 'url', 'rtsp_url', 'rtsp', 'address', 'source', '주소'],
  username: ['username', 'user', 'login'],
  password: ['password', 'pass'],
  transport: ['transport', 'protocol'],
  onDemand: ['on_demand', 'ondemand'],
  recording: ['recording', 'record'],
  active: ['is_active', 'active', 'enabled'],
} as const;
type Column = keyof typeof COLUMNS;
type Row = Partial<Record<Column, string>>;

const MAX_FIELDS = 100;
const DELIMITERS = [',', ';', '\t', '|'];
const YES = ['true', 'yes', 'y', '1', 'on', '예'];
const NO = ['false', 'no', 'n', '0', 'off', '아니오', ''];
const TRANSPORTS = ['tcp', 'udp', 'http'] as const;

const columnOf = (heading: string): Column | undefined => {
  const word = heading
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
  return (Object.keys(COLUMNS) as Column[]).find((column) =>
    (COLUMNS[column] as readonly string[]).includes(word),
  );
};

/** What stands between the fields: what the first line has most of. */
function delimiterOf(text: string): string {
  const [first = ''] = text.split('\n', 1);
  const count = (mark: string) => first.split(mark).length;
  return DELIMITERS.reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

/** Whether the first line names columns of ours. */
export function looksLikeCsv(text: string): boolean {
  const [first = ''] = text.replace(/^\uFEFF/, '').split('\n', 1);
  return first
    .split(delimiterOf(first))
    .some((heading) => columnOf(heading.replaceAll(/["\r]/g, '')) !== undefined);
}

function recordsOf(text: string): { line: number; fields: string[] }[] {
  try {
    const parsed = parse(text, {
      bom: true,
      delimiter: delimiterOf(text.replace(/^\uFEFF/, '')),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { info: { lines: number }; record: string[] }[];
    return parsed.map(({ info, record }) => ({ line: info.lines, fields: record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as CsvError & { lines?: number };
    const reason = error.code.replace('CSV_', '').toLowerCase().replaceAll('_', ' ');
    throw invalid('text', `line ${lines ?? 1}: this is no CSV (${reason})`);
  }
}

/** A switch as people write it; one that is none is told of. */
function switched(row: Row, column: 'onDemand' | 'recording' | 'active', draft: Draft): boolean | undefined {
  const word = row[column]?.toLowerCase();
  if (word === undefined || word === '') return undefined;
  if (!YES.includes(word) && !NO.includes(word)) {
    draft.findings.push(warning(column, 'is neither yes nor no: left as it usually is'));
    return undefined;
  }
  return YES.includes(word);
}

function draftOf(row: Row, line: number): Draft {
  const given = (column: Column): string | undefined => row[column] || undefined;
  const { sourceUrl } = row;
  const draft: Draft = {
    line,
    id: given('id'),
    name: given('name') ?? given('id') ?? given('serialNumber') ?? '',
    serialNumber: given('serialNumber'),
    location: given('location'),
    description: given('description'),
    sourceUrl: sourceUrl ? withLogin(sourceUrl, given('username'), given('password')) : undefined,
    recording: false,
    active: true,
    findings: [],
  };
  draft.onDemand = switched(row, 'onDemand', draft);
  draft.recording = switched(row, 'recording', draft) ?? false;
  draft.active = switched(row, 'active', draft) ?? true;
  const word = row.transport?.toLowerCase();
  draft.transport = TRANSPORTS.find((each) => each === word);
  if (word && word !== 'auto' && draft.transport === undefined) {
    draft.findings.push(warning('transport', 'is not tcp, udp or http: what works is taken'));
  }
  if (draft.name === '') draft.findings.push(failure('name', 'is missing'));
  return draft;
}

/** Reads CSV (RFC 4180, also with `;` or tabs) whose first line names the columns. */
export function readCsv(text: string): Reading {
  const [head, ...records] = recordsOf(text);
  const columns = (head?.fields ?? []).slice(0, MAX_FIELDS).map(columnOf);
  if (!columns.includes('name') && !columns.includes('sourceUrl')) {
    throw invalid('text', 'line 1: the first line must name columns, among them name or source_url');
  }
  const unknown = (head?.fields ?? []).filter((_heading, at) => columns[at] === undefined);
  const findings = unknown.length > 0 ? [warning(null, `columns left out: ${shortList(unknown)}`)] : [];
  const drafts = records.map(({ line, fields }) => {
    const row: Row = {};
    for (const [at, column] of columns.entries()) if (column) row[column] ??= fields[at] ?? '';
    return draftOf(row, line);
  });
  return { format: 'csv', drafts, findings };
}
