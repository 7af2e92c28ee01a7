import { MalformedError } from '../../bytes/index.ts';
import { type BindingRequest, bindingRequest, readStun } from '../stun/index.ts';

/** The connectivity check in a datagram; undefined when it is none: anybody may send anything. */
export function readRequest(b: Buffer): BindingRequest | undefined {
  try {
    return bindingRequest(readStun(b, 0, b.length));
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
