import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { S3Client, S3ClientConfig, StorageClass } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { BucketSpec } from '../place.ts';
import { digestOf } from './digest.ts';
import { guardedAgents } from './guarded-agent.ts';
import { MoveError } from './messages.ts';
import type { Item, Known, Pace, Place } from './place.ts';
import { plainError } from './store-error.ts';

/** A part of an upload; a smaller file goes in one. S3 takes 10,000 parts of at least 5 MiB. */
const PART = 8 * 1024 * 1024;
/** Milliseconds without a byte. */
const SILENCE = 20_000;
const CONNECT = 5_000;

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** Metadata of an object: what the index is made from when there is none. */
const About = z.object({
  start: z.iso.datetime(),
  end: z.iso.datetime(),
  duration: z.coerce.number().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

type Sdk = typeof import('@aws-sdk/client-s3');

/** A bucket of an S3-compatible store. The SDK is loaded when one is first used. */
export class BucketPlace implements Place {
  readonly #spec: BucketSpec;
  #opened: Promise<{ sdk: Sdk; client: S3Client }> | undefined;

  constructor(spec: BucketSpec) {
    this.#spec = spec;
  }

  path(): undefined {
    return undefined;
  }

  async read(item: Item): Promise<Readable> {
    return this.#ask(async ({ sdk, client }) => {
      const answer = await client.send(new sdk.GetObjectCommand(this.#object(item)));
      return answer.Body as Readable;
    });
  }

  async put(file: string, cargo: Known, pace: Pace): Promise<void> {
    const handle = await open(file, 'r');
    try {
      const parts = async function* (): AsyncGenerator<Buffer> {
        for (let at = 0; at < cargo.bytes; at += PART) {
          const buffer = Buffer.allocUnsafe(Math.min(PART, cargo.bytes - at));
          const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
          if (bytesRead < buffer.length) throw new MoveError('missing', 'the file became shorter');
          await pace(bytesRead);
          yield buffer;
        }
      };
      const digest = await (cargo.bytes > PART ? this.#inParts(cargo, parts()) : this.#inOne(cargo, parts()));
      await this.#confirm(cargo, digest);
    } finally {
      await handle.close();
    }
  }

  async remove(item: Item): Promise<void> {
    await this.#ask(({ sdk, client }) => client.send(new sdk.DeleteObjectCommand(this.#object(item))));
  }

  /** Every file of footage in it, in any order; objects that are named otherwise are passed over. */
  async *list(): AsyncGenerator<Item & { bytes: number }> {
    const { bucket: Bucket, prefix: Prefix } = this.#spec;
    let from: string | undefined;
    do {
      const page = { Bucket, Prefix, ...(from === undefined ? {} : { ContinuationToken: from }) };
      const answer = await this.#ask(({ sdk, client }) => client.send(new sdk.ListObjectsV2Command(page)));
      for (const { Key = '', Size = 0 } of answer.Contents ?? []) {
        const [streamId, filename, ...rest] = Key.slice(Prefix.length).split('/');
        if (streamId && filename && /\.mp4(\.sealed)?$/.test(filename) && rest.length === 0)
          yield { streamId, filename, bytes: Size };
      }
      from = answer.IsTruncated ? answer.NextContinuationToken : undefined;
    } while (from !== undefined);
  }

  /** What was told of a file when it was put there; undefined for one that somebody else put there. */
  async told(item: Item): Promise<Pick<Known, 'start' | 'end' | 'duration' | 'sha256'> | undefined> {
    const { Metadata } = await this.#ask(({ sdk, client }) =>
      client.send(new sdk.HeadObjectCommand(this.#object(item))),
    );
    return About.safeParse(Metadata).data;
  }

  close(): void {
    void this.#opened?.then(({ client }) => client.destroy()).catch(() => undefined);
  }

  #object({ streamId, filename }: Item): { Bucket: string; Key: string } {
    return { Bucket: this.#spec.bucket, Key: `${this.#spec.prefix}${streamId}/${filename}` };
  }

  /** See `About`. */
  #about({ start, end, duration, sha256: digest }: Known) {
    const { storageClass } = this.#spec;
    return {
      ContentType: 'video/mp4',
      Metadata: { start, end, duration: String(duration), sha256: digest },
      ...(storageClass === null ? {} : { StorageClass: storageClass as StorageClass }),
    };
  }

  /** Answers the digest as the store would tell it. */
  async #inOne(cargo: Known, parts: AsyncGenerator<Buffer>): Promise<string> {
    const first = await parts.next();
    const body = first.done ? Buffer.alloc(0) : first.value;
    const digest = sha256(body).toString('base64');
    await this.#ask(({ sdk, client }) =>
      client.send(
        new sdk.PutObjectCommand({
          ...this.#object(cargo),
          ...this.#about(cargo),
          Body: body,
          ChecksumSHA256: digest,
        }),
      ),
    );
    return digest;
  }

  async #inParts(cargo: Known, parts: AsyncGenerator<Buffer>): Promise<string> {
    const object = this.#object(cargo);
    await this.#forgetUnfinished(object);
    const { UploadId } = await this.#ask(({ sdk, client }) =>
      client.send(
        new sdk.CreateMultipartUploadCommand({
          ...object,
          ...this.#about(cargo),
          ChecksumAlgorithm: 'SHA256',
        }),
      ),
    );
    const upload = { ...object, UploadId };
    const sent: { PartNumber: number; ETag: string | undefined; ChecksumSHA256: string | undefined }[] = [];
    const digests: Buffer[] = [];
    for await (const body of parts) {
      const digest = sha256(body);
      digests.push(digest);
      const part = { PartNumber: sent.length + 1, ChecksumSHA256: digest.toString('base64') };
      const { ETag, ChecksumSHA256 } = await this.#ask(({ sdk, client }) =>
        client.send(new sdk.UploadPartCommand({ ...upload, ...part, Body: body })),
      );
      sent.push({ PartNumber: part.PartNumber, ETag, ChecksumSHA256 });
    }
    await this.#ask(({ sdk, client }) =>
      client.send(new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: sent } })),
    );
    return `${sha256(Buffer.concat(digests)).toString('base64')}-${digests.length}`;
  }

  /** Parts of an upload that broke off are paid for until they are given up. */
  async #forgetUnfinished({ Bucket, Key }: { Bucket: string; Key: string }): Promise<void> {
    const { Uploads = [] } = await this.#ask(({ sdk, client }) =>
      client.send(new sdk.ListMultipartUploadsCommand({ Bucket, Prefix: Key })),
    );
    for (const upload of Uploads.filter((each) => each.Key === Key)) {
      const { UploadId } = upload;
      await this.#ask(({ sdk, client }) =>
        client.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId })),
      );
    }
  }

  /** By the digest that the store vouches for; a store that tells none gives the bytes back. */
  async #confirm(cargo: Known, digest: string): Promise<void> {
    const { ContentLength, ChecksumSHA256 } = await this.#ask(({ sdk, client }) =>
      client.send(new sdk.HeadObjectCommand({ ...this.#object(cargo), ChecksumMode: 'ENABLED' })),
    );
    if (ContentLength !== cargo.bytes)
      throw new MoveError('store', `the store kept ${ContentLength} bytes of ${cargo.bytes}`);
    if (ChecksumSHA256 === digest) return;
    if (ChecksumSHA256 !== undefined) throw new MoveError('store', 'the store kept other bytes');
    const found = await digestOf(await this.read(cargo)).catch((error: unknown) => {
      throw plainError(error);
    });
    if (found.sha256 !== cargo.sha256) throw new MoveError('store', 'the store gave other bytes back');
  }

  async #ask<T>(work: (store: { sdk: Sdk; client: S3Client }) => Promise<T>): Promise<T> {
    try {
      this.#opened ??= this.#open();
      return await work(await this.#opened);
    } catch (error) {
      throw plainError(error);
    }
  }

  async #open(): Promise<{ sdk: Sdk; client: S3Client }> {
    const { endpoint, region, pathStyle, accessKeyId, secretAccessKey } = this.#spec;
    const agents = guardedAgents(this.#spec);
    const sdk = await import('@aws-sdk/client-s3');
    const config: S3ClientConfig = {
      endpoint,
      region,
      forcePathStyle: pathStyle,
      credentials: { accessKeyId, secretAccessKey },
      // The queue tries again, and knows of the other files.
      maxAttempts: 1,
      // Digests are given where they are wanted; other sums come as trailers, which many stores do not take.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        ...agents,
        connectionTimeout: CONNECT,
        requestTimeout: SILENCE,
        socketTimeout: SILENCE,
      },
    };
    return { sdk, client: new sdk.S3Client(config) };
  }
}
