import { ApiError, apiErrorFrom } from './api-error.ts';
import { type Query, withQuery } from './query.ts';

/** What sends one file: the only way by which a browser tells how far it is. */
export type Sender = Pick<
  XMLHttpRequest,
  'open' | 'send' | 'setRequestHeader' | 'getResponseHeader' | 'abort' | 'status' | 'responseText'
> & {
  upload: Pick<XMLHttpRequestUpload, 'addEventListener'>;
  addEventListener: (type: 'load' | 'error' | 'abort', listener: () => void) => void;
};

interface Upload {
  readonly path: string;
  readonly query: Query;
  readonly headers: Headers;
  readonly file: Blob;
  /** How much of it is sent: 0 to 1. */
  readonly onProgress: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** Sends a file as the body of a POST; resolves to the answer. Throws `ApiError`. */
export function sendFile<T>(sender: Sender, upload: Upload): Promise<T> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(new ApiError('network', 'No answer'));
    sender.open('POST', withQuery(upload.path, upload.query));
    for (const [name, value] of upload.headers) sender.setRequestHeader(name, value);
    sender.upload.addEventListener('progress', ({ loaded, total }) => {
      if (total > 0) upload.onProgress(loaded / total);
    });
    sender.addEventListener('error', lost);
    sender.addEventListener('abort', lost);
    sender.addEventListener('load', () => {
      const answer = answerOf<T>(sender);
      if ('error' in answer) reject(answer.error);
      else resolve(answer.value);
    });
    upload.signal?.addEventListener('abort', () => sender.abort(), { once: true });
    sender.send(upload.file);
  });
}

function answerOf<T>(sender: Sender): { value: T } | { error: ApiError } {
  const { status, responseText } = sender;
  if (status >= 400) {
    return { error: apiErrorFrom(status, responseText, sender.getResponseHeader('retry-after')) };
  }
  try {
    return { value: JSON.parse(responseText) as T };
  } catch (cause) {
    return { error: new ApiError('server', 'The answer is not JSON', { status, cause }) };
  }
}
