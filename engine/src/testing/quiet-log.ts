import type { Log, LogFields } from '../kernel/index.ts';

/** A log that keeps its lines for the test to look at. */
export class QuietLog implements Log {
  readonly lines: { level: string; msg: string; about: LogFields | undefined }[] = [];

  info(msg: string, about?: LogFields): void {
    this.lines.push({ level: 'info', msg, about });
  }

  warn(msg: string, about?: LogFields): void {
    this.lines.push({ level: 'warn', msg, about });
  }

  error(msg: string, about?: LogFields): void {
    this.lines.push({ level: 'error', msg, about });
  }
}
