import { describe, expect, it } from 'vitest';
import { ApiError } from './api-error.ts';
import { type Sender, sendFile } from './upload.ts';

/** What a browser's request does, by hand. */
function setUp() {
  const listeners = new Map<string, (event: object) => void>();
  const sent: unknown[] = [];
  const sender = {
    ...{ status: 0, responseText: '' },
    open: (...args: unknown[]) => void sent.push(args),
    setRequestHeader: (...args: unknown[]) => void sent.push(args),
    getResponseHeader: () => null,
    abort: () => listeners.get('abort')?.({}),
    send: (body: unknown) => void sent.push(body),
    addEventListener: (type: string, listener: () => void) => void listeners.set(type, listener),
    upload: {
      addEventListener: (type: string, listener: (event: object) => void) =>
        void listeners.set(type, listener),
    },
  };
  const shares: number[] = [];
  const leaving = new AbortController();
  const file = new Blob(['onnx']);
  const answer = sendFile<unknown>(sender as unknown as Sender, {
    ...{ path: '/api/v1/models', query: { name: 'people' }, headers: new Headers({ 'x-a': 'b' }), file },
    ...{ onProgress: (share: number) => shares.push(share), signal: leaving.signal },
  });
  const tell = (type: string, event: object = {}) => listeners.get(type)?.(event);
  return { sender, sent, shares, file, leaving, answer, tell };
}

describe('a file that is sent', () => {
  it('goes whole, tells how far it is, and resolves to the answer', async () => {
    const { sender, sent, shares, file, answer, tell } = setUp();
    expect(sent).toEqual([['POST', '/api/v1/models?name=people'], ['x-a', 'b'], file]);
    tell('progress', { loaded: 1, total: 4 });
    tell('progress', { loaded: 0, total: 0 });
    tell('progress', { loaded: 4, total: 4 });
    Object.assign(sender, { status: 201, responseText: '{"name":"people"}' });
    tell('load');
    expect(await answer).toEqual({ name: 'people' });
    expect(shares).toEqual([0.25, 1]);
  });

  it.each([
    [400, '{"statusCode":400,"error":"Bad Request","message":"not ONNX"}'],
    [201, 'no JSON'],
  ])('that is answered by %i with %s fails as any request does', async (status, responseText) => {
    const { sender, answer, tell } = setUp();
    Object.assign(sender, { status, responseText });
    tell('load');
    await expect(answer).rejects.toBeInstanceOf(ApiError);
  });

  it.each(['error', 'abort'])('without an answer (%s) fails', async (type) => {
    const { answer, tell, leaving } = setUp();
    if (type === 'abort') leaving.abort();
    else tell(type);
    await expect(answer).rejects.toMatchObject({ kind: 'network' });
  });
});
