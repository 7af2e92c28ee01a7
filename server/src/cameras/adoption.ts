import { randomBytes } from 'node:crypto';
import type { Sql } from '../database/index.ts';
import type { CameraDetails } from './camera.ts';
import { cameraStore } from './store.ts';

const SERIAL_BYTES = 5;

/** A serial number for who brings none. */
export const newSerialNumber = (): string => `NJ-${randomBytes(SERIAL_BYTES).toString('hex').toUpperCase()}`;

/** Whose a stream will be that is about to be made. */
type Expected = { camera: string } | { details: CameraDetails };

/**
 * Every stream belongs to one camera, whichever surface made it: one that nobody expects becomes a camera of its own
 * id and name.
 */
export class Adoption {
  readonly #expected = new Map<string, Expected>();

  /** Says whose the stream of an id will be until `made` has settled. */
  async expecting<T>(streamId: string, whose: Expected, made: () => Promise<T>): Promise<T> {
    this.#expected.set(streamId, whose);
    try {
      return await made();
    } finally {
      this.#expected.delete(streamId);
    }
  }

  /** In the transaction that makes a stream. */
  async adopt(sql: Sql, stream: { id: string; createdAt: string }): Promise<void> {
    const { id, createdAt } = stream;
    const expected = this.#expected.get(id);
    const owner = expected && 'camera' in expected ? expected.camera : id;
    if (owner === id) {
      const details = expected && 'details' in expected ? expected.details : await nameless(sql, id);
      await cameraStore.insert(sql, { id, ...details, createdAt, updatedAt: createdAt });
    }
    await cameraStore.own(sql, owner, id);
  }

  /** In the transaction that removes a stream: its camera goes with its first stream; ids of what else goes. */
  async release(sql: Sql, streamId: string): Promise<readonly string[]> {
    const others = (await cameraStore.streamsOf(sql, streamId)).filter((id) => id !== streamId);
    await cameraStore.remove(sql, streamId);
    return others;
  }
}

async function nameless(sql: Sql, id: string): Promise<CameraDetails> {
  const taken = await cameraStore.find(sql, 'serial_number', id);
  return { name: id, serialNumber: taken ? newSerialNumber() : id, location: null, description: null };
}
