import type { DoorTicket } from '@nightjar/contract/link';

/** The grant with which keys of recorded originals are asked for; undefined for whoever may not see them. */
export const originalsGrant = ({ originals, grant }: DoorTicket): string | undefined =>
  originals ? grant : undefined;
