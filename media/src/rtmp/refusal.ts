import type { AmfObject } from '../flv/index.ts';
import { RtmpError, type RtmpErrorCode } from './errors.ts';

const TEXT = 200;

/** By what stands in a server's code and description; the first that fits counts. */
const MEANINGS: readonly (readonly [RegExp, RtmpErrorCode])[] = [
  [/auth|denied|forbidden|credential|password|token|not allowed/i, 'auth_failed'],
  [/StreamNotFound|not found|no such|unknown stream|FileNotFound/i, 'not_found'],
  [/UnpublishNotify|Play\.Stop|Play\.Complete/i, 'closed_by_camera'],
];

/** What a server's error, or the end of its stream, means. Its words are shown, cut short and without addresses. */
export function refusalOf(info: AmfObject | undefined): RtmpError {
  const word = (name: string): string => {
    const value = info?.[name];
    return typeof value === 'string' ? value.replace(/[^\x20-\x7e]/g, ' ').slice(0, TEXT) : '';
  };
  const [code, description] = [word('code'), word('description')];
  // Servers repeat what they were asked for, secrets included.
  const shown = description.replace(/\S*(?::\/\/|[?=&])\S*/g, '…');
  const meaning = MEANINGS.find(([pattern]) => pattern.test(`${code} ${shown}`))?.[1] ?? 'refused';
  const said = shown || code || 'no reason given';
  return new RtmpError(meaning, `the server refused: ${said}`);
}
