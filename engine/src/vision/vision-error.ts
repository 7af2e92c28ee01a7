/**
 * Why there are no pixels: `broken` bytes, `busy` with others, a stream that broke the process too often is
 * `cut_off` for a while, or nothing here decodes (`unavailable`).
 */
export type VisionFault = 'broken' | 'busy' | 'cut_off' | 'unavailable';

/** What somebody who wanted pixels is told. */
export class VisionError extends Error {
  readonly fault: VisionFault;

  constructor(fault: VisionFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
