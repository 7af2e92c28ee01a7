import { z } from 'zod';
import { Role, Scope } from '../scopes.ts';

/** Who signs in: by name or by address, one of the two. */
export const Login = z
  .strictObject({
    username: z.string().min(1).max(200).optional(),
    email: z.string().min(1).max(200).optional(),
    password: z.string().min(1).max(1024),
  })
  .refine((body) => (body.username === undefined) !== (body.email === undefined), {
    message: 'give either username or email',
    path: ['username'],
  })
  .meta({ id: 'Login' });

export const Refresh = z.strictObject({ refresh_token: z.string().min(1).max(200) }).meta({ id: 'Refresh' });

export const Person = z
  .object({
    id: z.string(),
    username: z.string(),
    email: z.string().nullable(),
    role: Role,
    scopes: z.array(Scope),
  })
  .meta({ id: 'Person' });

export const SignedIn = z
  .object({
    access_token: z.string().describe('JWT for the header `Authorization: Bearer`.'),
    refresh_token: z.string().describe('Good for one refresh; using it twice ends the whole sign-in.'),
    expires_in: z.int().describe('Seconds until the access token is void.'),
    user: Person,
  })
  .meta({ id: 'SignedIn' });
export type SignedIn = z.infer<typeof SignedIn>;

/** S3's error body; `message` is a list when several fields are wrong. */
export const PlatformError = z
  .object({
    statusCode: z.int(),
    error: z.string(),
    message: z.union([z.string(), z.array(z.string())]),
  })
  .meta({ id: 'PlatformError' });
export type PlatformError = z.infer<typeof PlatformError>;
