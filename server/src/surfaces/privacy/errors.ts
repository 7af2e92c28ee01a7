import { PrivacyError } from '@nightjar/contract/privacy-service';
import type { Problem } from '../../kernel/index.ts';

/** S5's own words, in its language; what it has none for is said as everywhere. */
const WORDS: Readonly<Record<string, (details: Problem['details'], message: string) => string>> = {
  STREAM_NOT_FOUND: ({ stream_id: id }) => `스트림을 찾을 수 없습니다: ${String(id)}`,
  INVALID_CONFIGURATION: (_details, message) => `잘못된 요청입니다: ${message}`,
  CAMERA_UNREACHABLE: (_details, message) => `스트림 연결에 실패했습니다: ${message}`,
  TIMED_OUT: ({ waited_seconds: seconds }) => `${String(seconds)}초 내에 RUNNING 상태가 되지 않았습니다.`,
};

/** S5's dialect of an error. */
export const privacyError = ({ code, message, details }: Problem): PrivacyError => ({
  code,
  message: WORDS[code]?.(details, message) ?? message,
  details: { ...details },
});

/** The errors of every route, for the interface description. */
export const errorAnswers = { '4xx': PrivacyError, '5xx': PrivacyError };
