import { z } from 'zod';
import { Role, Scope } from '../scopes.ts';
import { ERRORS, LOGIN, PERMISSIONS, PROFILE, REFRESH, SECOND_FACTOR, SIGNED_IN } from './examples.ts';

const Secret = z.string().min(1).max(1024);

/** Who signs in: by name or by address, one of the two. */
export const Login = z
  .strictObject({
    username: z.string().min(1).max(200).optional(),
    email: z.string().min(1).max(200).optional(),
    password: Secret,
    code: z.string().min(6).max(20).optional().describe('Of the authenticator app, or a recovery code.'),
  })
  .refine((body) => (body.username === undefined) !== (body.email === undefined), {
    message: 'give either username or email',
    path: ['username'],
  })
  .meta({ id: 'Login', examples: [LOGIN] });

/** The page sends none: its refresh token is in a cookie. */
export const Refresh = z
  .strictObject({ refresh_token: z.string().min(1).max(200).optional() })
  .nullish()
  .meta({ id: 'Refresh', examples: [REFRESH] });

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
    refresh_token: z.string().describe('Good for one refresh; using it again ends the whole sign-in.'),
    expires_in: z.int().describe('Seconds until the access token is void.'),
    user: Person,
  })
  .meta({ id: 'SignedIn', examples: [SIGNED_IN] });
export type SignedIn = z.infer<typeof SignedIn>;

/** The password was right, and a code is asked for as well. */
export const SecondFactorAsked = z
  .object({
    second_factor: z.literal('totp'),
    challenge: z.string().describe('For POST /api/v1/auth/second-factor, with the code.'),
    expires_in: z.int(),
  })
  .meta({ id: 'SecondFactorAsked', examples: [SECOND_FACTOR] });

export const SecondFactor = z
  .strictObject({ challenge: z.string().min(1).max(200), code: z.string().min(6).max(20) })
  .meta({ id: 'SecondFactor' });

/** What a person is told about themselves. */
export const Profile = Person.extend({
  second_factor: z.boolean().describe('A code is asked for at each sign-in.'),
  recovery_codes: z.int().describe('Recovery codes that are left.'),
  must_change_password: z.boolean(),
  last_sign_in_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  csrf_token: z.string().nullable().describe('For the header X-CSRF-Token of a session in a cookie.'),
}).meta({ id: 'Profile', examples: [PROFILE] });

export const Permissions = z
  .object({
    kind: z.enum(['person', 'api_client', 'api_token']),
    id: z.string(),
    scopes: z.array(Scope),
    reach: z.enum(['all', 'granted']),
    streams: z
      .array(z.object({ id: z.string(), scopes: z.array(Scope) }))
      .nullable()
      .describe('What may be done with which stream; null is every stream.'),
  })
  .meta({ id: 'Permissions', examples: [PERMISSIONS] });

export const ChangePassword = z
  .strictObject({ current_password: Secret, new_password: Secret })
  .meta({ id: 'ChangePassword' });

export const RedeemLink = z
  .strictObject({ token: z.string().min(1).max(200), password: Secret })
  .meta({ id: 'RedeemLink' });

export const TotpBegun = z
  .object({ secret: z.string().describe('Base32.'), uri: z.string().describe('otpauth: address.') })
  .meta({ id: 'TotpBegun' });
export const TotpCode = z.strictObject({ code: z.string().min(6).max(20) }).meta({ id: 'TotpCode' });
export const RecoveryCodes = z
  .object({ recovery_codes: z.array(z.string()).describe('Shown this once.') })
  .meta({ id: 'RecoveryCodes' });
export const ConfirmPassword = z.strictObject({ password: Secret }).meta({ id: 'ConfirmPassword' });

/** Which ways in there are. */
export const SignInMethods = z
  .object({ password: z.literal(true), oidc: z.object({ name: z.string(), url: z.string() }).nullable() })
  .meta({ id: 'SignInMethods' });

export const Session = z
  .object({
    id: z.string(),
    user_id: z.string(),
    method: z.string(),
    address: z.string(),
    user_agent: z.string(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    current: z.boolean().describe('The one that asks.'),
  })
  .meta({ id: 'Session' });

/** S3's error body; `message` is a list when several fields are wrong. */
export const PlatformError = z
  .object({
    statusCode: z.int(),
    error: z.string(),
    message: z.union([z.string(), z.array(z.string())]),
  })
  .meta({ id: 'PlatformError', examples: ERRORS });
export type PlatformError = z.infer<typeof PlatformError>;
