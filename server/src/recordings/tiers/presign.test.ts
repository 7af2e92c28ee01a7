import { expect, test } from 'vitest';
import { presignGet } from './presign.ts';

const STORE = {
  endpoint: 'https://s3.amazonaws.com',
  region: 'us-east-1',
  bucket: 'examplebucket',
  pathStyle: false,
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const AT = { utc: Date.UTC(2013, 4, 24), seconds: 86_400 };

test("the signature of AWS's own example", () => {
  expect(presignGet('test.txt', STORE, AT)).toBe(
    'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
});

test('with the bucket in the path, and what needs escaping in the key', () => {
  const url = new URL(
    presignGet('a b/c(1)+.mp4', { ...STORE, endpoint: 'http://127.0.0.1:9000', pathStyle: true }, AT),
  );
  expect(url.host).toBe('127.0.0.1:9000');
  expect(url.pathname).toBe('/examplebucket/a%20b/c%281%29%2B.mp4');
  expect(url.search).not.toContain('wJalr');
});
