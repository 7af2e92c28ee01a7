import { z } from 'zod';

/** Everything a principal may be allowed to do, as `resource:action`. */
export const Scope = z.enum([
  'streams:read',
  'streams:write',
  'streams:unblurred',
  'recordings:read',
  'recordings:write',
  'metrics:read',
  'events:read',
  'config:read',
  'config:write',
  'backup:read',
  'backup:write',
  'users:read',
  'users:write',
  'tokens:read',
  'tokens:write',
  'audit:read',
]);
export type Scope = z.infer<typeof Scope>;

export const ALL_SCOPES: readonly Scope[] = Scope.options;
