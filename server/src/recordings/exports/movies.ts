import { DomainError } from '../../kernel/index.ts';
import type { EngineFootage } from '../kept/index.ts';

/** What of a stream is exported; times ISO 8601. */
export interface ExportRange {
  start: string;
  end: string;
  gaps: 'keep' | 'skip';
}

/** One file of a stream's footage in an export. */
export interface ExportedMovie {
  name: string;
  body: AsyncIterable<Buffer>;
}

type Ask = (range: Parameters<EngineFootage['movie']>[1]) => ReturnType<EngineFootage['movie']>;

/**
 * The movies of one stream, oldest first: one, or where its format changes on the way one for each, named by when
 * they begin. Throws NOT_FOUND where there is nothing.
 */
export async function* moviesOf(
  streamId: string,
  { start, end, gaps }: ExportRange,
  ask: Ask,
): AsyncGenerator<ExportedMovie> {
  const [first, last] = [Date.parse(start), Date.parse(end)];
  for (let from = first; from < last; ) {
    const { until, body } = await upToChange({ start: from, end: last, gaps }, ask);
    const whole = from === first && until === last;
    yield { name: whole ? `${streamId}.mp4` : `${streamId}_${stamp(from)}.mp4`, body };
    from = until;
  }
}

/** Where the engine says that a range is to be cut, in UTC milliseconds; undefined for other errors. */
export function cutIn(error: unknown): number | undefined {
  if (!(error instanceof DomainError) || error.code !== 'CONFLICT') return undefined;
  const cut = Date.parse(String(error.details['cut_at']));
  return Number.isNaN(cut) ? undefined : cut;
}

async function upToChange(
  range: Parameters<Ask>[0],
  ask: Ask,
): Promise<{ until: number; body: AsyncIterable<Buffer> }> {
  try {
    return { until: range.end, body: (await ask(range)).body };
  } catch (error) {
    const cut = cutIn(error);
    if (cut === undefined || cut <= range.start || cut >= range.end) throw error;
    return upToChange({ ...range, end: cut }, ask);
  }
}

/** UTC to the millisecond, as names of files have it. */
const stamp = (utc: number): string =>
  new Date(utc).toISOString().slice(0, -1).replace('T', '_').replace(/[:.]/g, '-');
