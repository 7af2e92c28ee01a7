import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Secret } from '../secret.ts';
import { ConfigurationError } from './configuration-error.ts';
import { guessable } from './guessable.ts';
import { type IceServer, parseIceServers } from './ice-servers.ts';
import { parseStoreKeys, type StoreKeys } from './store-keys.ts';

/** What flags and environment say; undefined is "not given". */
export interface Environment {
  configFile: string | undefined;
  /** Absolute. */
  dataDir: string;
  /** TCP or UDP ports of the listeners; 0 is any free one. */
  ports: { http?: number; rtsp?: number; rtmp?: number; webrtc?: number };
  /** STUN and TURN servers for browsers that cannot reach the engine directly. */
  iceServers: readonly IceServer[];
  adminPassword: Secret | undefined;
  adminToken: Secret | undefined;
  /** Secret of this program at the identity provider. */
  oidcSecret?: Secret | undefined;
  /** Of the buckets of tiers. */
  storeKeys?: StoreKeys;
  /** Of this program's user at the database server. */
  databasePassword?: Secret | undefined;
  /** Of this program's user at Redis. */
  redisPassword?: Secret | undefined;
  /** The readiness line names the administrator's token on every start. */
  printSignIn: boolean;
  /** Standard input is a pipe from the launcher whose end means that it is gone. */
  parentPipe: boolean;
  logLevel: string;
}

const PORTS = {
  http: 'NIGHTJAR_HTTP_PORT',
  rtsp: 'NIGHTJAR_RTSP_PORT',
  rtmp: 'NIGHTJAR_RTMP_PORT',
  webrtc: 'NIGHTJAR_WEBRTC_PORT',
} as const;
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const MIN_TOKEN = 32;
const MIN_PASSWORD = 12;

const hidden = (text: string | undefined): Secret | undefined =>
  text === undefined ? undefined : new Secret(text);

function readFlags(argv: readonly string[]): { config?: string; data?: string } {
  try {
    return parseArgs({
      args: [...argv],
      options: { config: { type: 'string' }, data: { type: 'string' } },
    }).values;
  } catch (error) {
    throw new ConfigurationError([error instanceof Error ? error.message : String(error)]);
  }
}

/** Flags win over the environment. Throws `ConfigurationError` with every mistake, none with its value. */
export function parseEnvironment(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Environment {
  const flags = readFlags(argv);
  const mistakes: string[] = [];
  const given = (name: string): string | undefined => env[name] || undefined;

  const ports: Environment['ports'] = {};
  for (const [name, variable] of Object.entries(PORTS) as [keyof typeof PORTS, string][]) {
    const text = given(variable);
    if (text === undefined) continue;
    if (/^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535) ports[name] = Number(text);
    else mistakes.push(`${variable}: must be a port number from 0 to 65535`);
  }

  const secret = (variable: string, minLength: number): Secret | undefined => {
    const text = given(variable);
    const fault = text === undefined ? undefined : guessable(text, minLength);
    if (fault) mistakes.push(`${variable}: ${fault}`);
    return hidden(text);
  };

  const logLevel = given('NIGHTJAR_LOG_LEVEL') ?? 'info';
  if (!LEVELS.includes(logLevel)) mistakes.push(`NIGHTJAR_LOG_LEVEL: must be one of ${LEVELS.join(', ')}`);

  const iceServers = parseIceServers(given('NIGHTJAR_ICE_SERVERS') ?? '[]');
  if (!iceServers)
    mistakes.push('NIGHTJAR_ICE_SERVERS: must be a JSON list of {urls, username?, credential?}');

  const environment: Environment = {
    configFile: flags.config,
    dataDir: resolve(flags.data ?? given('NIGHTJAR_DATA_DIR') ?? 'data'),
    ports,
    iceServers: iceServers ?? [],
    adminPassword: secret('NIGHTJAR_ADMIN_PASSWORD', MIN_PASSWORD),
    adminToken: secret('NIGHTJAR_ADMIN_TOKEN', MIN_TOKEN),
    oidcSecret: hidden(given('NIGHTJAR_OIDC_CLIENT_SECRET')),
    storeKeys: parseStoreKeys(given, mistakes),
    databasePassword: hidden(given('NIGHTJAR_DATABASE_PASSWORD')),
    redisPassword: hidden(given('NIGHTJAR_REDIS_PASSWORD')),
    printSignIn: given('NIGHTJAR_PRINT_SIGN_IN') === '1',
    parentPipe: given('NIGHTJAR_PARENT_PIPE') === '1',
    logLevel,
  };
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return environment;
}
