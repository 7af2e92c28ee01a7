import type { Database, Sql } from '../../database/index.ts';
import { type Clock, createSerial, DomainError, type Vault } from '../../kernel/index.ts';
import { type PersonRow, peopleStore } from '../people/store.ts';
import { newRecoveryCodes, newTotpSecret, recoveryHash, totpStep, totpUri } from './second-factor.ts';

interface Options {
  database: Database;
  clock: Clock;
  vault: Vault;
}

const contextOf = (id: string): string => `totp:${id}`;

/** People's second factors: a code of an authenticator app, and ten for the day it is lost. */
export class Factors {
  readonly #options: Options;
  /** A code counts once: read-check-write, one after another. */
  readonly #inTurn = createSerial();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Begins to set one up; it is asked for only once a code has proved it. Throws CONFLICT. */
  begin(id: string): Promise<{ secret: string; uri: string }> {
    return this.#changing(async (sql) => {
      const person = await known(sql, id);
      if (person.totp?.confirmed) throw new DomainError('CONFLICT', 'A second factor is set up already');
      const secret = newTotpSecret();
      const sealed = this.#options.vault.seal(secret, contextOf(id));
      await peopleStore.update(sql, { ...person, totp: { sealed, confirmed: false, step: 0 } });
      return { secret, uri: totpUri(secret, person.username) };
    });
  }

  /** The recovery codes, this once. Throws CONFLICT, INVALID_CONFIGURATION for a wrong code. */
  confirm(id: string, code: string): Promise<string[]> {
    return this.#changing(async (sql) => {
      const person = await known(sql, id);
      if (!person.totp || person.totp.confirmed) {
        throw new DomainError('CONFLICT', 'Begin to set up a second factor first');
      }
      const step = this.#step(person, code);
      if (step === undefined) {
        throw new DomainError('INVALID_CONFIGURATION', 'code: is not the code of this moment', {
          field: 'code',
        });
      }
      const codes = newRecoveryCodes();
      const totp = { ...person.totp, confirmed: true, step };
      await peopleStore.update(sql, { ...person, totp });
      await peopleStore.setRecoveryCodes(sql, id, codes.map(recoveryHash));
      return codes;
    });
  }

  /** Takes a code of either kind, once; undefined when it is none. */
  use(person: PersonRow, code: string): Promise<'totp' | 'recovery' | undefined> {
    return this.#changing(async (sql) => {
      const current = await peopleStore.find(sql, 'id', person.id);
      if (!current?.totp?.confirmed) return undefined;
      const step = this.#step(current, code);
      if (step !== undefined) {
        await peopleStore.update(sql, { ...current, totp: { ...current.totp, step } });
        return 'totp';
      }
      const spent = await peopleStore.useRecoveryCode(sql, person.id, recoveryHash(code));
      return spent ? 'recovery' : undefined;
    });
  }

  /** None is asked for any more. */
  remove(id: string): Promise<void> {
    return this.#changing(async (sql) => {
      await peopleStore.update(sql, { ...(await known(sql, id)), totp: null });
      await peopleStore.setRecoveryCodes(sql, id, []);
    });
  }

  recoveryCodesLeft(id: string): Promise<number> {
    return peopleStore.countRecoveryCodes(this.#options.database.sql, id);
  }

  #step({ id, totp }: PersonRow, code: string): number | undefined {
    const { vault, clock } = this.#options;
    const secret = totp && vault.open(totp.sealed, contextOf(id));
    return secret ? totpStep(secret, code, { clock, last: totp.step }) : undefined;
  }

  /** What is read stays true until it is written: a whole row is, and others change other parts of it. */
  #changing<T>(change: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#inTurn(() => this.#options.database.transaction(change));
  }
}

async function known(sql: Sql, id: string): Promise<PersonRow> {
  const person = await peopleStore.find(sql, 'id', id);
  if (!person) throw new DomainError('NOT_FOUND');
  return person;
}
