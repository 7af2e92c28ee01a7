import { createHash, randomBytes } from 'node:crypto';
import { TOTP, Secret as TotpSecret } from 'otpauth';
import type { Clock } from '../../kernel/index.ts';

const PERIOD = 30;
/** Steps before and after now that count: a clock may be half a minute wrong (RFC 6238 §5.2). */
const WINDOW = 1;
const CODES = 10;

const totpOf = (secret: string, label: string): TOTP =>
  new TOTP({
    issuer: 'Nightjar',
    label,
    algorithm: 'SHA1',
    digits: 6,
    period: PERIOD,
    secret: TotpSecret.fromBase32(secret),
  });

/** A new TOTP secret in base32 (RFC 6238), 160 bits. */
export const newTotpSecret = (): string => new TotpSecret({ size: 20 }).base32;

/** The address an authenticator app takes, often from a picture. */
export const totpUri = (secret: string, label: string): string => totpOf(secret, label).toString();

/** The code of this moment; for tests and for people who have no app at hand there is none. */
export const totpCode = (secret: string, clock: Pick<Clock, 'utc'>): string =>
  totpOf(secret, '').generate({ timestamp: clock.utc() });

/** The time step a code belongs to, when it is right and newer than `last`; undefined otherwise. */
export function totpStep(
  secret: string,
  code: string,
  { clock, last }: { clock: Pick<Clock, 'utc'>; last: number },
): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const timestamp = clock.utc();
  const delta = totpOf(secret, '').validate({ token: code, timestamp, window: WINDOW });
  if (delta === null) return undefined;
  const step = Math.floor(timestamp / 1000 / PERIOD) + delta;
  return step > last ? step : undefined;
}

/** Ten codes for the day the authenticator is lost, 48 bits each. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: CODES }, () => {
    const digits = randomBytes(7).toString('hex').slice(0, 12);
    return `${digits.slice(0, 4)}-${digits.slice(4, 8)}-${digits.slice(8)}`;
  });

/** What is stored of a recovery code, however it was typed. */
export const recoveryHash = (code: string): string =>
  createHash('sha256')
    .update(code.toLowerCase().replace(/[^0-9a-f]/g, ''))
    .digest('hex');
