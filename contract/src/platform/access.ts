import { z } from 'zod';
import { Role, Scope } from '../scopes.ts';
import { StreamId } from '../stream.ts';
import { CREATE_TOKEN, TOKEN, TOKEN_CREATED, UPDATE_TOKEN } from './examples.ts';

export const IdParams = z.object({ id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/) });

/** S3's lists. */
export const Page = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  offset: z.coerce.number().int().min(0).max(1_000_000_000).default(0),
});
/** A page of a list. */
export const listOf = <Item extends z.ZodType>(item: Item, id: string) => {
  const list = z.object({ items: z.array(item), total: z.int(), limit: z.int(), offset: z.int() });
  const [example] = [item.meta()?.['examples'] ?? []].flat() as unknown[];
  const page = { total: 1, limit: 50, offset: 0 };
  return list.meta(example === undefined ? { id } : { id, examples: [{ items: [example], ...page }] });
};

const Name = z.string().trim().min(1).max(100);
const Reach = z
  .enum(['all', 'granted'])
  .describe('Every stream there is and will be, or those of its grants.');

export const Grant = z
  .strictObject({
    kind: z.enum(['stream', 'camera', 'group']),
    id: StreamId,
    scopes: z
      .array(Scope)
      .nullable()
      .default(null)
      .describe('What counts there; null is all that its owner has.'),
  })
  .meta({ id: 'Grant' });
const Grants = z.array(Grant).max(1_000);
const Scopes = z.array(Scope).max(100);

const Username = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u, 'letters, digits and . _ @ -, at most 64');
const Email = z.email().max(200).nullable();

/** Without a password the person is invited; `password_hash` is bcrypt of another system. */
export const CreateUser = z
  .strictObject({
    username: Username,
    email: Email.default(null),
    role: Role,
    extra_scopes: Scopes.default([]),
    reach: Reach.default('all'),
    grants: Grants.default([]),
    password: z.string().min(1).max(1024).optional(),
    password_hash: z.string().min(1).max(100).optional(),
  })
  .meta({ id: 'CreateUser' });

export const UpdateUser = z
  .strictObject({
    username: Username,
    email: Email,
    role: Role,
    extra_scopes: Scopes,
    reach: Reach,
    grants: Grants,
    disabled: z.boolean(),
  })
  .partial()
  .meta({ id: 'UpdateUser' });

export const User = z
  .object({
    id: z.string(),
    username: z.string(),
    email: z.string().nullable(),
    role: Role,
    extra_scopes: Scopes,
    scopes: Scopes,
    reach: Reach,
    grants: z.array(Grant),
    disabled: z.boolean(),
    second_factor: z.boolean(),
    pending: z.boolean().describe('Invited, and has not set a password yet.'),
    created_at: z.iso.datetime(),
    last_sign_in_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'User' });

/** A link for one use that sets a password; the token is shown this once. */
export const PasswordLink = z
  .object({ token: z.string(), path: z.string(), expires_at: z.iso.datetime() })
  .meta({ id: 'PasswordLink' });

export const UserCreated = User.extend({ invitation: PasswordLink.nullable() }).meta({ id: 'UserCreated' });
export const UserList = listOf(User, 'UserList');

export const RoleView = z.object({ name: Role, scopes: Scopes }).meta({ id: 'Role' });
export const RoleList = z.object({ items: z.array(RoleView), total: z.int() }).meta({ id: 'RoleList' });

export const CreateToken = z
  .strictObject({
    name: Name,
    scopes: Scopes,
    expires_in: z
      .int()
      .min(1)
      .max(315_360_000)
      .optional()
      .describe('Seconds; without it the token never expires.'),
    rate_limit: z.int().min(1).max(1_000_000).nullable().default(null).describe('Calls a minute.'),
    reach: Reach.default('all'),
    grants: Grants.default([]),
  })
  .meta({ id: 'CreateToken', examples: [CREATE_TOKEN] });

export const UpdateToken = z
  .strictObject({
    name: Name,
    scopes: Scopes,
    expires_in: z.int().min(1).max(315_360_000).nullable(),
    rate_limit: z.int().min(1).max(1_000_000).nullable(),
    reach: Reach,
    grants: Grants,
  })
  .partial()
  .meta({ id: 'UpdateToken', examples: [UPDATE_TOKEN] });

export const ApiToken = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: Scopes,
    reach: Reach,
    grants: z.array(Grant),
    rate_limit: z.int().nullable(),
    owner_id: z.string().nullable(),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable(),
    revoked_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ApiToken', examples: [TOKEN] });

export const ApiTokenCreated = ApiToken.extend({ token: z.string().describe('Shown this once.') }).meta({
  id: 'ApiTokenCreated',
  examples: [TOKEN_CREATED],
});
export const ApiTokenList = listOf(ApiToken, 'ApiTokenList');

const Cameras = z.array(StreamId).max(5_000);
export const CreateCameraGroup = z
  .strictObject({ name: Name, cameras: Cameras.default([]) })
  .meta({ id: 'CreateCameraGroup' });
export const UpdateCameraGroup = z
  .strictObject({ name: Name, cameras: Cameras })
  .partial()
  .meta({ id: 'UpdateCameraGroup' });
export const CameraGroup = z
  .object({ id: z.string(), name: z.string(), cameras: Cameras, created_at: z.iso.datetime() })
  .meta({ id: 'CameraGroup' });
export const CameraGroupList = listOf(CameraGroup, 'CameraGroupList');

export const AuditQuery = Page.extend({
  actor: z.string().max(200).optional(),
  action: z.string().max(200).optional(),
  outcome: z.enum(['done', 'refused', 'failed']).optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
});

export const AuditEntry = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    actor: z.string().describe('kind:id, or nobody.'),
    actor_name: z.string(),
    action: z.string(),
    object: z.record(z.string(), z.unknown()),
    outcome: z.enum(['done', 'refused', 'failed']),
    address: z.string(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });
export const AuditList = listOf(AuditEntry, 'AuditList');

export const AuditVerification = z
  .object({
    intact: z.boolean(),
    entries: z.int(),
    broken_at: z.int().nullable().describe('The first entry that does not follow from what is before it.'),
    reason: z.string().nullable(),
  })
  .meta({ id: 'AuditVerification' });

/** A short ticket that opens media of one stream as `?ticket=`. */
export const MediaTicket = z
  .object({ ticket: z.string(), expires_in: z.int().describe('Seconds.') })
  .meta({ id: 'MediaTicket' });

/** Seconds a login for RTSP players counts: a day, unless another time is asked for. */
export const RtspLoginRequest = z
  .strictObject({ expires_in: z.int().min(60).max(31_536_000).default(86_400) })
  .meta({ id: 'RtspLoginRequest', examples: [{ expires_in: 86_400 }] });

export const RtspLogin = z
  .object({
    username: z.string(),
    password: z.string(),
    rtsp_path: z.string().describe('Behind `rtsp://USERNAME:PASSWORD@host:8554`; its query asks for digest.'),
    expires_in: z
      .int()
      .describe('Seconds; it ends earlier with the right or the sign-in of who asked for it.'),
  })
  .meta({ id: 'RtspLogin' });
