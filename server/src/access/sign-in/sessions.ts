import { randomBytes } from 'node:crypto';
import type { Database, Sql } from '../../database/index.ts';
import { type Clock, DomainError, isoNow, type Log, type Secret } from '../../kernel/index.ts';
import type { Audit } from '../audit/index.ts';
import { hashPassword, isOutdated, verifyPassword } from '../people/password.ts';
import { type PersonRow, peopleStore } from '../people/store.ts';
import { Challenges } from '../tickets/challenges.ts';
import type { Factors } from './factors.ts';
import { type SignInMethod, type SignInRow, sessionStore } from './session-store.ts';
import type { Place, Throttle } from './throttle.ts';
import type { Issued, Tokens } from './tokens.ts';
import { Crowded, Verification } from './verification.ts';

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
  audit: Pick<Audit, 'note'>;
  tokens: Tokens;
  factors: Factors;
  throttle: Throttle;
}

/** Where a request comes from. */
export interface Origin {
  address: string;
  userAgent: string;
  /** Cookie of a device on which somebody signed in before. */
  device?: string | undefined;
}

export interface Credentials {
  username?: string | undefined;
  email?: string | undefined;
  password: string;
  /** Of the authenticator app, or a recovery code, where one is asked for. */
  code?: string | undefined;
}

/** Signed in, or to be asked for the second factor. */
export type LoginResult = { signedIn: SignedIn } | { challenge: string };

export interface SignedIn {
  person: PersonRow;
  issued: Issued;
}

const wrong = (): DomainError => new DomainError('UNAUTHORIZED', 'Invalid username or password');
const wrongCode = (): DomainError => new DomainError('UNAUTHORIZED', 'Invalid code');
const tooMany = (seconds: number): DomainError =>
  new DomainError('RATE_LIMITED', 'Too many attempts to sign in', { retry_after: seconds });

/** People's ways in: by password and second factor, and what keeps guessing slow. */
export class Sessions {
  readonly #options: Options;
  readonly #throttle: Throttle;
  readonly #verification = new Verification();
  readonly #challenges: Challenges<PersonRow>;
  #decoy: Promise<string> | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#throttle = options.throttle;
    this.#challenges = new Challenges(options.clock);
  }

  /** Throws UNAUTHORIZED alike for an unknown name and a wrong password, RATE_LIMITED after many. */
  async login(credentials: Credentials, origin: Origin): Promise<LoginResult> {
    const name = (credentials.username ?? credentials.email ?? '').toLowerCase();
    const by = credentials.username === undefined ? 'email' : 'username';
    const person = await peopleStore.find(this.#options.database.sql, by, name);
    const place = await this.#placeOf(person, origin);
    this.#mustNotWait(name, place);
    const right = await this.#verify(person?.passwordHash, credentials.password, name, place);
    if (!person || !right || person.disabled) {
      this.#failed(name, place, person);
      throw wrong();
    }
    this.#throttle.succeeded(name, place);
    const proved = await this.#renewed(person, credentials.password);
    if (proved.totp?.confirmed !== true) return { signedIn: await this.begin(proved, 'password', origin) };
    if (credentials.code === undefined) return { challenge: this.#challenges.begin(proved) };
    return { signedIn: await this.#byCode(proved, credentials.code, origin) };
  }

  /** The second step where the first answered a challenge. Throws UNAUTHORIZED, RATE_LIMITED. */
  async second(challenge: string, code: string, origin: Origin): Promise<SignedIn> {
    const proved = this.#challenges.look(challenge);
    if (proved === undefined) throw new DomainError('UNAUTHORIZED', 'Sign in again');
    const signedIn = await this.#byCode(proved, code, origin);
    this.#challenges.end(challenge);
    return signedIn;
  }

  /** Begins a sign-in of somebody who has proved who they are; `person` is the row that the proof was held against. */
  async begin(person: PersonRow, method: SignInMethod, origin: Origin): Promise<SignedIn> {
    const { database, clock, tokens } = this.#options;
    const { address, userAgent } = origin;
    const signedIn = await database.transaction(async (sql) => {
      const current = await peopleStore.find(sql, 'id', person.id);
      if (!current || current.disabled || isAnother(person, current)) throw wrong();
      const updated = { ...current, lastSignInAt: isoNow(clock) };
      await peopleStore.update(sql, updated);
      await sessionStore.rememberPlace(sql, person.id, address, isoNow(clock));
      const who = { ownerKind: 'person', ownerId: person.id, method, address, userAgent } as const;
      return { person: updated, issued: await tokens.begin(sql, who) };
    });
    this.#note(person, address, { outcome: 'done', details: { method } });
    return signedIn;
  }

  /** Throws UNAUTHORIZED. */
  async refresh(token: string): Promise<SignedIn> {
    const mayCome = async (sql: Sql, { ownerKind, ownerId, createdAt }: SignInRow): Promise<boolean> => {
      const person = ownerKind === 'person' ? await peopleStore.find(sql, 'id', ownerId) : undefined;
      return person !== undefined && !person.disabled && createdAt >= person.tokensValidAfter;
    };
    const refreshed = await this.#options.tokens.refresh(token, mayCome);
    const { sql } = this.#options.database;
    const person = refreshed && (await peopleStore.find(sql, 'id', refreshed.signIn.ownerId));
    if (!person) throw new DomainError('UNAUTHORIZED', 'Invalid refresh token');
    return { person, issued: refreshed.issued };
  }

  /** Whether it is the password of a person who is signed in already. Throws UNAUTHORIZED, RATE_LIMITED. */
  async confirm(id: string, password: string, origin: Origin): Promise<void> {
    const person = await peopleStore.find(this.#options.database.sql, 'id', id);
    const name = `confirm ${id}`;
    const place: Place = { address: origin.address, known: true };
    this.#mustNotWait(name, place);
    if (await this.#verify(person?.passwordHash, password, name, place)) return;
    this.#failed(name, place, person);
    throw wrong();
  }

  /**
   * On the first start: makes the person `admin`. Answers the password it made up; undefined when one was
   * given, or when there are people already.
   */
  async firstAdmin(given: Secret | undefined): Promise<string | undefined> {
    const { database, clock } = this.#options;
    if ((await peopleStore.count(database.sql)) > 0) return undefined;
    const password = given?.reveal() ?? randomBytes(15).toString('base64url');
    const now = isoNow(clock);
    await peopleStore.add(database.sql, {
      id: `person-${randomBytes(5).toString('hex')}`,
      username: 'admin',
      email: null,
      passwordHash: await hashPassword(password),
      role: 'admin',
      extraScopes: [],
      reach: 'all',
      disabled: false,
      createdAt: now,
      tokensValidAfter: now,
      totp: null,
      mustChangePassword: given === undefined,
      oidcSubject: null,
      lastSignInAt: null,
    });
    return given === undefined ? password : undefined;
  }

  /** A code has six digits: whoever gets so far has the password, and is given no free guess at new places. */
  async #byCode(person: PersonRow, code: string, origin: Origin): Promise<SignedIn> {
    const name = `code ${person.id}`;
    const place: Place = { ...(await this.#placeOf(person, origin)), strict: true };
    this.#mustNotWait(name, place);
    const method = await this.#options.factors.use(person, code);
    if (!method) {
      this.#failed(name, place, person);
      throw wrongCode();
    }
    this.#throttle.succeeded(name, place);
    return this.begin(person, method, origin);
  }

  async #placeOf(person: PersonRow | undefined, { address, device }: Origin): Promise<Place> {
    if (!person) return { address, known: false };
    const proved = device !== undefined && this.#options.tokens.deviceMatches(person, device);
    const known = await sessionStore.isKnownPlace(this.#options.database.sql, person.id, address);
    return { address, known, ...(proved ? { device } : {}) };
  }

  #mustNotWait(name: string, place: Place): void {
    const seconds = this.#throttle.wait(name, place);
    if (seconds > 0) throw tooMany(seconds);
  }

  #failed(name: string, place: Place, person: PersonRow | undefined): void {
    this.#throttle.failed(name, place);
    this.#options.log.warn({ address: place.address }, 'a sign-in failed');
    this.#note(person, place.address, { outcome: 'failed', details: {} });
  }

  #note(
    person: PersonRow | undefined,
    address: string,
    what: { outcome: 'done' | 'failed'; details: Record<string, string> },
  ): void {
    const principal = person && ({ kind: 'person', id: person.id, name: person.username } as const);
    this.#options.audit.note({ principal, action: 'sign_in', address, ...what });
  }

  /** The row, its hash made anew where it was of an older kind. */
  async #renewed(person: PersonRow, password: string): Promise<PersonRow> {
    if (!isOutdated(person.passwordHash)) return person;
    const passwordHash = await hashPassword(password);
    const renewed = await this.#options.database.transaction(async (sql) => {
      const current = await peopleStore.find(sql, 'id', person.id);
      if (!current) throw wrong();
      if (isAnother(person, current)) return current;
      await peopleStore.update(sql, { ...current, passwordHash });
      return { ...current, passwordHash };
    });
    // Another sign-in of the same moment made it anew, or the password was changed.
    const ours = renewed.passwordHash === passwordHash;
    if (!ours && !(await verifyPassword(renewed.passwordHash, password))) throw wrong();
    return renewed;
  }

  /** In turn, and as long for a name that does not exist. Throws RATE_LIMITED. */
  async #verify(hash: string | undefined, password: string, name: string, place: Place): Promise<boolean> {
    const fresh = this.#throttle.isFresh(name, place) ? 'fresh' : 'suspect';
    const lane = place.known || place.device !== undefined ? 'known' : fresh;
    try {
      return await this.#verification.do(lane, async () => {
        this.#decoy ??= hashPassword(randomBytes(16).toString('hex'));
        const right = await verifyPassword(hash || (await this.#decoy), password);
        return right && Boolean(hash);
      });
    } catch (error) {
      if (error instanceof Crowded) throw tooMany(1);
      throw error;
    }
  }
}

/** Whether somebody changed the password, or ended every sign-in, since it was proved. */
const isAnother = (proved: PersonRow, now: PersonRow): boolean =>
  proved.passwordHash !== now.passwordHash || proved.tokensValidAfter !== now.tokensValidAfter;
