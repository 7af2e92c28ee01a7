import { z } from 'zod';

/** Everything a principal may be allowed to do, as `resource:action`. */
export const Scope = z.enum([
  'streams:read',
  'streams:write',
  'streams:unblurred',
  'cameras:read',
  'cameras:write',
  'cameras:ptz',
  'recordings:read',
  'recordings:write',
  'originals:read',
  'bookmarks:read',
  'bookmarks:write',
  'snapshots:read',
  'snapshots:write',
  'metrics:read',
  'events:read',
  'alerts:read',
  'alerts:write',
  'config:read',
  'config:write',
  'backup:read',
  'backup:write',
  'users:read',
  'users:write',
  'tokens:read',
  'tokens:write',
  'clients:read',
  'clients:write',
  'audit:read',
]);
export type Scope = z.infer<typeof Scope>;

export const ALL_SCOPES: readonly Scope[] = Scope.options;

/** Named sets of scopes for people. `api` may do nothing but hold tokens, which list their own scopes. */
export const Role = z.enum(['admin', 'operator', 'viewer', 'api']);
export type Role = z.infer<typeof Role>;

const VIEWER: readonly Scope[] = [
  'streams:read',
  'cameras:read',
  'recordings:read',
  'bookmarks:read',
  'snapshots:read',
];

export const ROLE_SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  admin: ALL_SCOPES,
  operator: [
    ...VIEWER,
    'cameras:ptz',
    'recordings:write',
    'bookmarks:write',
    'snapshots:write',
    'events:read',
    'metrics:read',
    'alerts:read',
    'alerts:write',
  ],
  viewer: VIEWER,
  api: [],
};
