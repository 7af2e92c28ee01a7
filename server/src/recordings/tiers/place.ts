import type { OutboundPolicy } from '@nightjar/contract/link';

/** A tier as the mover finds it: plain data, fit for another thread. */
export type PlaceSpec = FolderSpec | BucketSpec;

/** Files lie at `{path}/{stream_id}/{filename}`. */
export interface FolderSpec {
  kind: 'folder';
  /** Absolute. */
  path: string;
}

/** A bucket of an S3-compatible store; objects are called `{prefix}{stream_id}/{filename}`. */
export interface BucketSpec {
  kind: 'bucket';
  /** `https:` or `http:`, without a path. */
  endpoint: string;
  region: string;
  bucket: string;
  prefix: string;
  /** The bucket stands in the path, not in the host name. */
  pathStyle: boolean;
  storageClass: string | null;
  accessKeyId: string;
  secretAccessKey: string;
  /** Which addresses the endpoint may have. */
  outbound: OutboundPolicy;
  /** This machine's own addresses. */
  own: readonly string[];
}

/** One file of footage on its way. */
export interface Cargo {
  streamId: string;
  filename: string;
  bytes: number;
  /** Hexadecimal; null when nobody has read the file yet. */
  sha256: string | null;
  /** ISO 8601 UTC with ms; seconds. */
  start: string;
  end: string;
  duration: number;
}
