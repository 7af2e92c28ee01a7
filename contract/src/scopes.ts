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

/** Named sets of scopes for people. */
export const Role = z.enum(['admin', 'operator', 'viewer']);
export type Role = z.infer<typeof Role>;

const VIEWER: readonly Scope[] = ['streams:read', 'recordings:read'];

export const ROLE_SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  admin: ALL_SCOPES,
  operator: [...VIEWER, 'recordings:write', 'events:read'],
  viewer: VIEWER,
};
