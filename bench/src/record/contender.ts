/** A program under measurement while it records. */
export interface Recording extends AsyncDisposable {
  /** Processes to measure, by the part of the program they are; their sum is the contender. */
  readonly parts: Readonly<Record<string, readonly number[]>>;
  /** Bytes of footage per camera so far; the check that work was really done. */
  footage(): Promise<number[]>;
}

/** How the media of a camera travels. */
export type CameraTransport = 'tcp' | 'udp';

/** Something a user could choose to record cameras with. */
export interface Contender {
  readonly name: string;
  /** Records every URL into a new folder; resolves when all of them do. */
  record(urls: readonly string[], transport: CameraTransport): Promise<Recording>;
}
