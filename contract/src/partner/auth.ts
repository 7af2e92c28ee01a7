import { z } from 'zod';
import { Grant } from '../platform/index.ts';
import { Scope } from '../scopes.ts';

const ClientId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/);
const Scopes = z.array(Scope).max(100);

/** A new API client; `client_id` is made up when it is not given. */
export const CreateClient = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    scopes: Scopes,
    client_id: ClientId.optional(),
    reach: z.enum(['all', 'granted']).default('all'),
    grants: z.array(Grant).max(1_000).default([]),
  })
  .meta({
    id: 'CreateClient',
    examples: [{ name: 'Ruth AI', client_id: 'ruth-ai-client', scopes: ['streams:read'] }],
  });

export const UpdateClient = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    scopes: Scopes,
    disabled: z.boolean(),
    reach: z.enum(['all', 'granted']),
    grants: z.array(Grant).max(1_000),
  })
  .partial()
  .meta({ id: 'UpdateClient' });

export const Client = z
  .object({
    client_id: z.string(),
    name: z.string(),
    scopes: Scopes,
    reach: z.enum(['all', 'granted']),
    grants: z.array(Grant),
    disabled: z.boolean(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Client' });

export const ClientCreated = Client.extend({ client_secret: z.string().describe('Shown this once.') }).meta({
  id: 'ClientCreated',
});
export const ClientList = z.object({ clients: z.array(Client), total: z.int() }).meta({ id: 'ClientList' });
export const ClientParams = z.object({ client_id: ClientId });

/** By id and secret, or by refresh token. */
export const TokenRequest = z
  .strictObject({
    grant_type: z.enum(['client_credentials', 'refresh_token']).optional(),
    client_id: z.string().min(1).max(64).optional(),
    client_secret: z.string().min(1).max(200).optional(),
    refresh_token: z.string().min(1).max(200).optional(),
  })
  .refine(
    ({ client_id, client_secret, refresh_token }) =>
      refresh_token === undefined
        ? client_id !== undefined && client_secret !== undefined
        : client_secret === undefined,
    { message: 'give client_id with client_secret, or refresh_token', path: ['client_secret'] },
  )
  .meta({ id: 'TokenRequest', examples: [{ client_id: 'ruth-ai-client', client_secret: 'secret-here' }] });

export const TokenAnswer = z
  .object({
    access_token: z.string(),
    refresh_token: z.string(),
    token_type: z.literal('bearer'),
    expires_in: z.int().describe('Seconds until the access token is void.'),
    scopes: Scopes,
  })
  .meta({ id: 'TokenAnswer' });
