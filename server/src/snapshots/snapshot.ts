import type { PartnerCaptureStatus, PartnerSource } from '@nightjar/contract/partner';

/** One picture of a stream, and what somebody says of it; times ISO 8601 UTC with ms. */
export interface Snapshot {
  id: string;
  streamId: string;
  source: PartnerSource;
  /** The asked-for moment. */
  wantedAt: string;
  /** As the caller says, else its name. */
  createdBy: string;
  /** The principal that made it, as `kind:id`. */
  owner: string;
  metadata: Readonly<Record<string, unknown>>;
  status: PartnerCaptureStatus;
  error: string | null;
  /** What there is; null until it is ready. */
  picture: Picture | null;
  /** Counts up with each change. */
  version: number;
  createdAt: string;
  updatedAt: string;
}

export interface Picture {
  /** When it was shown: the asked-for moment, or a little before. */
  takenAt: string;
  bytes: number;
}

/** Which snapshots of a stream, the newest moment first. */
export interface SnapshotQuery {
  streamId: string;
  createdBy?: string | undefined;
  status?: string | undefined;
  source?: string | undefined;
  /** Of the moment, both ends included. */
  from?: string | undefined;
  to?: string | undefined;
  limit: number;
  offset: number;
}

export const imageFile = (id: string): string => `${id}.jpg`;
