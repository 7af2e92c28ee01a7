import { redactUrls } from '@nightjar/contract/outbound';
import { type Logger, pino } from 'pino';

export type Log = Logger;

const HIDDEN_KEYS = [
  'authorization',
  'cookie',
  'password',
  'token',
  'access_token',
  'refresh_token',
  'ticket',
];
const HIDDEN_PATHS = HIDDEN_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/** Bearer credentials and tickets by their form, wherever they stand. */
const CREDENTIAL =
  /n[jrt]_[A-Za-z0-9_-]{43}|(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]+|(?<=[?&](?:ticket|token)=)[^&\s"]+|(?<=Bearer )[^\s"\\]+/gi;

/** Takes URL credentials, tokens and tickets out of any text. */
export const redact = (text: string): string => redactUrls(text).replace(CREDENTIAL, '***');

/** JSON lines to `write`; every finished line passes `redact`, whatever the caller put in. */
export function createLog(options: { level: string; write: (line: string) => void }): Log {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: HIDDEN_PATHS, censor: '***' },
      serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
    },
    { write: (line: string) => options.write(redact(line)) },
  );
}
