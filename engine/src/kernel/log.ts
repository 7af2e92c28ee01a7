import { redactUrls } from '@nightjar/contract/outbound';

/** What a line is about; an `error` is told with its message, code and place, without its cause's secrets. */
export interface LogFields {
  readonly stream_id?: string;
  readonly error?: unknown;
  readonly [field: string]: unknown;
}

/** The engine's one way to tell people something. Credentials in URLs never get through it. */
export interface Log {
  info(msg: string, about?: LogFields): void;
  warn(msg: string, about?: LogFields): void;
  error(msg: string, about?: LogFields): void;
}

/** JSON lines, each whole with its newline, to `write`; `utc` is in milliseconds. */
export function createLog(options: { utc: () => number; write: (line: string) => void }): Log {
  const line = (level: string, msg: string, about: LogFields = {}): void => {
    const time = new Date(options.utc()).toISOString();
    options.write(`${JSON.stringify({ level, time, msg, ...about }, shown)}\n`);
  };
  return {
    info: (msg, about) => line('info', msg, about),
    warn: (msg, about) => line('warn', msg, about),
    error: (msg, about) => line('error', msg, about),
  };
}

function shown(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return redactUrls(value);
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  const { name, message, stack } = value;
  const code = 'code' in value ? String(value.code) : undefined;
  const cause = value.cause instanceof Error ? value.cause.message : undefined;
  return { name, message, code, cause, stack };
}
