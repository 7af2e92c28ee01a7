import { MoveError } from './messages.ts';

interface SdkError {
  name?: string;
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

/** What went wrong at a store, in words that repeat neither its address nor what it sent. */
export function plainError(error: unknown): MoveError {
  if (error instanceof MoveError) return error;
  const { name = '', code, $metadata } = (error ?? {}) as SdkError;
  const cause = causeOf(error);
  if (cause) return cause;
  const status = $metadata?.httpStatusCode;
  if (name === 'NoSuchKey' || name === 'NotFound')
    return new MoveError('missing', 'the store has no such object');
  const word = /^[A-Za-z]{1,60}$/.test(name) ? ` (${name})` : '';
  if (status !== undefined && status !== 200)
    return new MoveError('store', `the store answered ${status}${word}`);
  if (code !== undefined) return new MoveError('store', `no connection to the store (${code})`);
  return new MoveError('store', `the store broke off${word}`, { cause: error });
}

/** The policy's refusal comes inside the error of the connection. */
function causeOf(error: unknown): MoveError | undefined {
  const { cause } = (error ?? {}) as { cause?: unknown };
  return cause instanceof MoveError ? cause : undefined;
}
