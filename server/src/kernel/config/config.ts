import { isAbsolute, join, resolve } from 'node:path';
import { Role } from '@nightjar/contract';
import { PublisherTakeover } from '@nightjar/contract/link';
import { parseCidr } from '@nightjar/contract/outbound';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { ConfigurationError } from './configuration-error.ts';
import { DatabaseSection } from './database.ts';
import { RedisSection } from './redis.ts';
import { TiersSection, tiersFrom } from './tiers.ts';

const Port = z.int().min(1).max(65_535);
const Cidr = z.string().refine((text) => parseCidr(text) !== undefined, 'not an address or CIDR block');

/** `host` or `host:port`; IPv6 in brackets. */
const OutputHost = z.string().regex(/^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:\d{1,5})?$/, 'not HOST or HOST:PORT');

const ConfigFile = z.strictObject({
  server: z.strictObject({
    host: z.string().min(1),
    port: z.int().min(0).max(65_535),
    trusted_proxies: z.array(Cidr),
    tls: z
      .strictObject({
        enabled: z.boolean(),
        cert_file: z.string().min(1).nullable(),
        key_file: z.string().min(1).nullable(),
      })
      .refine(({ cert_file, key_file }) => (cert_file === null) === (key_file === null), {
        message: 'give both cert_file and key_file, or neither',
      }),
  }),
  recording: z.strictObject({
    base_path: z.string().min(1).nullable(),
    segment_duration: z.number().min(2).max(86_400),
    retention_days: z.number().positive().max(36_500),
    max_bytes: z.int().positive().nullable(),
    min_free_bytes: z.int().min(0),
  }),
  tiers: TiersSection,
  inference: z.strictObject({
    enabled: z.boolean(),
    device: z.enum(['cpu', 'gpu', 'cuda', 'webgpu']),
    models_path: z.string().min(1).nullable(),
    threads: z.int().min(1).max(64),
  }),
  network: z.strictObject({
    allow: z.array(Cidr),
    deny: z.array(Cidr),
    ports: z.array(Port),
    files_path: z.string().min(1).nullable(),
  }),
  limits: z.strictObject({
    reads_per_minute: z.int().min(1).max(1_000_000),
    writes_per_minute: z.int().min(1).max(1_000_000),
    sockets_per_address: z.int().min(1).max(100_000),
    proxy_calls_per_minute: z.int().min(1).max(1_000_000),
  }),
  metrics: z.strictObject({ open_to_loopback: z.boolean() }),
  oidc: z.strictObject({
    issuer: z.url({ protocol: /^https?$/ }).nullable(),
    client_id: z.string().min(1).nullable(),
    name: z.string().min(1).max(100),
    scopes: z.array(z.string().min(1)).min(1),
    groups_claim: z.string().min(1),
    roles: z.record(z.string(), Role),
    default_role: Role.nullable(),
  }),
  database: DatabaseSection,
  redis: RedisSection,
  publishing: z.strictObject({ takeover: PublisherTakeover }),
  bookmarks: z.strictObject({ preroll_seconds: z.number().min(0).max(300) }),
  audit: z.strictObject({ retention_days: z.number().positive().max(36_500) }),
  platform: z.strictObject({
    rtmp_base_url: z
      .string()
      .regex(/^rtmps?:\/\/[^\s@?#]+[^\s@?#/]$/)
      .nullable(),
  }),
  surfaces: z.strictObject({
    privacy: z.strictObject({
      port: z.int().min(0).max(65_535).nullable(),
      auth: z.enum(['token', 'none']),
      output_allow: z.array(OutputHost).max(100),
      output_host: OutputHost.nullable(),
    }),
  }),
  backup: z.strictObject({ path: z.string().min(1).nullable() }),
});

/** The configuration as values; paths are absolute. */
export type Config = z.infer<typeof ConfigFile> & {
  recording: { base_path: string };
  inference: { models_path: string };
  backup: { path: string };
};

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `over` wins key by key; lists and scalars are replaced whole. */
function overlay(base: Tree, over: Tree): Tree {
  const merged: Tree = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isTree(below) && isTree(value) ? overlay(below, value) : value;
  }
  return merged;
}

function readYaml(text: string, name: string): Tree {
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ConfigurationError(document.errors.map((error) => `${name}: ${error.message.split('\n')[0]}`));
  }
  const value: unknown = document.toJS({ maxAliasCount: 10 }) ?? {};
  if (!isTree(value)) throw new ConfigurationError([`${name}: must be a map of sections`]);
  return value;
}

const lineOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => `${[...issue.path, key].join('.')}: unknown key`).join('; ')
    : `${issue.path.join('.')}: ${issue.message}`;

/**
 * Lays the operator's file over the reference file and checks the whole. Throws `ConfigurationError` with
 * one line per mistake, each with the path of its key.
 */
export function parseConfig(files: { reference: string; own?: string | undefined }, dataDir: string): Config {
  const reference = readYaml(files.reference, 'nightjar.default.yaml');
  const own = readYaml(files.own ?? '', 'configuration file');
  const parsed = ConfigFile.safeParse(overlay(reference, own));
  if (!parsed.success) throw new ConfigurationError(parsed.error.issues.map(lineOf));
  const { recording, backup, server, tiers, inference, network } = parsed.data;
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(resolve(dataDir), path));
  return {
    ...parsed.data,
    server: {
      ...server,
      tls: {
        ...server.tls,
        cert_file: server.tls.cert_file && absolute(server.tls.cert_file),
        key_file: server.tls.key_file && absolute(server.tls.key_file),
      },
    },
    recording: { ...recording, base_path: absolute(recording.base_path ?? 'recordings') },
    tiers: tiersFrom(tiers, absolute),
    network: { ...network, files_path: network.files_path && absolute(network.files_path) },
    inference: { ...inference, models_path: absolute(inference.models_path ?? 'models') },
    backup: { path: absolute(backup.path ?? 'backups') },
  };
}
