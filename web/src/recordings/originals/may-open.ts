import type { Scope } from '../../api/types.ts';
import type { Session } from '../../session/session.ts';

const NEEDED = ['recordings:read', 'streams:unblurred', 'originals:read'] as const satisfies Scope[];

/** Whether recorded originals may be opened: of one stream, or of any at all. */
export const mayOpenOriginals = (can: Session['can'], streamId?: string): boolean =>
  NEEDED.every((scope) => can(scope, streamId));
