import { createHash, createHmac } from 'node:crypto';
import type { BucketSpec } from './place.ts';

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Percent-encoding of AWS: unreserved characters of RFC 3986 alone stay. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

type Signer = Pick<
  BucketSpec,
  'endpoint' | 'region' | 'bucket' | 'pathStyle' | 'accessKeyId' | 'secretAccessKey'
>;

/**
 * A URL that lets its bearer GET an object for `seconds` from `utc` (ms) on, and names no secret: Signature Version 4
 * in the query (AWS, "Authenticating Requests: Using Query Parameters"). `Range` is not signed, so any range is open.
 */
export function presignGet(
  key: string,
  store: Signer,
  { utc, seconds }: { utc: number; seconds: number },
): string {
  const endpoint = new URL(store.endpoint);
  const host = store.pathStyle ? endpoint.host : `${store.bucket}.${endpoint.host}`;
  const segments = [...(store.pathStyle ? [store.bucket] : []), ...key.split('/')];
  const path = `/${segments.map(encode).join('/')}`;
  const time = new Date(utc).toISOString().replace(/[:-]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${store.region}/s3/aws4_request`;
  const query = [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${store.accessKeyId}/${scope}`],
    ['X-Amz-Date', time],
    ['X-Amz-Expires', String(seconds)],
    ['X-Amz-SignedHeaders', 'host'],
  ]
    .map(([name, value]) => `${name}=${encode(value!)}`)
    .join('&');
  const request = ['GET', path, query, `host:${host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, hex(request)].join('\n');
  const dateKey = hmac(`AWS4${store.secretAccessKey}`, time.slice(0, 8));
  const signingKey = hmac(hmac(hmac(dateKey, store.region), 's3'), 'aws4_request');
  return `${endpoint.protocol}//${host}${path}?${query}&X-Amz-Signature=${hmac(signingKey, toSign).toString('hex')}`;
}
