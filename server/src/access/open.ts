import type { Database } from '../database/index.ts';
import type { Clock, Log, Secret, Vault } from '../kernel/index.ts';
import { Access } from './access.ts';
import { Audit } from './audit/index.ts';
import { CameraGroups } from './groups.ts';
import { ApiClients } from './machines/clients.ts';
import { ApiTokens } from './machines/tokens.ts';
import { People } from './people/people.ts';
import { ClientSessions } from './sign-in/client-sessions.ts';
import { Factors } from './sign-in/factors.ts';
import { Oidc, type OidcSettings } from './sign-in/oidc.ts';
import { Sessions } from './sign-in/sessions.ts';
import { SignIns } from './sign-in/sign-ins.ts';
import { type Place, Throttle } from './sign-in/throttle.ts';
import { Tokens } from './sign-in/tokens.ts';
import { MediaTickets } from './tickets/media-tickets.ts';
import { OneTimeTickets } from './tickets/one-time-tickets.ts';

interface Options {
  database: Database;
  clock: Clock;
  log: Log;
  /** Seals the secrets of second factors. */
  vault: Vault;
  /** Each 32 bytes, outside of database and backup. */
  keys: { tokens: Buffer; audit: Buffer; link: Buffer };
  adminToken: Secret | undefined;
  adminPassword: Secret | undefined;
  /** Days an entry of the audit log is kept, as it is set now. */
  auditDays: () => number;
  /** Failed sign-ins are told to the other servers of the installation, of `whose` kind. */
  guessed: (whose: Guessers, guess: { name: string; place: Place }) => void;
  /** The identity provider as it is set now; undefined is none. */
  oidc: () => OidcSettings | undefined;
}

type Guessers = 'people' | 'clients';

/** Everything about who may come in and what they may do. */
export interface AccessRoom {
  clock: Clock;
  access: Access;
  audit: Audit;
  sessions: Sessions;
  clientSessions: ClientSessions;
  signIns: SignIns;
  people: People;
  factors: Factors;
  oidc: Oidc;
  groups: CameraGroups;
  /** A failed sign-in at another server. */
  guessedElsewhere: (whose: Guessers, guess: { name: string; place: Place }) => void;
  tokens: Tokens;
  apiTokens: ApiTokens;
  clients: ApiClients;
  mediaTickets: MediaTickets;
  eventTickets: OneTimeTickets;
}

/** Puts the room together. */
export function openAccess(options: Options): AccessRoom {
  const { database, clock, log, vault, keys, adminToken, adminPassword } = options;
  const base = { database, clock };
  const audit = new Audit({ ...base, log, key: keys.audit, retentionDays: options.auditDays });
  const tokens = new Tokens({ ...base, log, key: keys.tokens });
  const factors = new Factors({ ...base, vault });
  const throttles = {
    people: new Throttle(clock, (guess) => options.guessed('people', guess)),
    clients: new Throttle(clock, (guess) => options.guessed('clients', guess)),
  };
  const sessions = new Sessions({ ...base, log, audit, tokens, factors, throttle: throttles.people });
  const clients = new ApiClients(base);
  const groups = new CameraGroups(base);
  const apiTokens = new ApiTokens(base);
  const mediaTickets = new MediaTickets({ clock, key: keys.tokens, linkKey: keys.link });
  return {
    clock,
    access: new Access({
      database,
      adminToken,
      adminPassword,
      sessions,
      tokens,
      apiTokens,
      clients,
      tickets: mediaTickets,
      territory: groups,
    }),
    audit,
    sessions,
    signIns: new SignIns({ database }),
    clientSessions: new ClientSessions({ database, tokens, clients, throttle: throttles.clients }),
    guessedElsewhere: (whose, { name, place }) => throttles[whose].count(name, place),
    people: new People(base),
    factors,
    groups,
    oidc: new Oidc({ ...base, log, settings: options.oidc }),
    tokens,
    apiTokens,
    clients,
    mediaTickets,
    eventTickets: new OneTimeTickets(clock),
  };
}
