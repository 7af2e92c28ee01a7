import { z } from 'zod';
import { Role } from '../scopes.ts';
import { NO_TIERS, TierConfig } from './footage/tier-config.ts';

/** What a fresh installation would answer, but for the folder of its footage and the networks it may ask. */
export const CONFIG_EXAMPLE = {
  server: {
    port: 3000,
    host: '0.0.0.0',
    trusted_proxies: [],
    tls: { enabled: false, cert_file: null, key_file: null },
  },
  recording: {
    ...{ base_path: '/recordings', segment_duration: 600, retention_days: 7 },
    ...{ max_bytes: null, min_free_bytes: 1_000_000_000 },
  },
  tiers: NO_TIERS,
  inference: { enabled: true, device: 'cpu' as const, models_path: 'models', threads: 1 },
  network: { allow: ['192.0.2.0/24'], deny: [], ports: [], files_path: null },
  limits: {
    reads_per_minute: 100,
    writes_per_minute: 20,
    sockets_per_address: 10,
    proxy_calls_per_minute: 2,
  },
  metrics: { open_to_loopback: false },
  oidc: {
    issuer: null,
    client_id: null,
    name: 'Single sign-on',
    scopes: ['openid', 'profile', 'email'],
    groups_claim: 'groups',
    roles: {},
    default_role: null,
  },
  database: {
    engine: 'sqlite',
    host: '127.0.0.1',
    port: null,
    name: 'nightjar',
    user: 'nightjar',
    tls: false,
  },
  redis: { host: null, port: 6379, user: null, tls: false, prefix: 'nightjar' },
  publishing: { takeover: 'when_silent' as const },
  bookmarks: { preroll_seconds: 10 },
  audit: { retention_days: 365 },
  platform: { rtmp_base_url: null },
  surfaces: {
    privacy: { port: null, auth: 'token' as const, output_allow: [], output_host: null },
  },
  backup: { path: 'backups' },
};

/** The configuration in force; it holds no secret. */
export const ManagerConfig = z
  .object({
    server: z.object({
      port: z.int(),
      host: z.string(),
      trusted_proxies: z.array(z.string()),
      tls: z.object({
        enabled: z.boolean(),
        cert_file: z.string().nullable().describe('As configured; relative to the data directory.'),
        key_file: z.string().nullable(),
      }),
    }),
    recording: z.object({
      base_path: z.string().describe('As configured; relative to the data directory.'),
      segment_duration: z.number().describe('Seconds.'),
      retention_days: z.number(),
      max_bytes: z.int().nullable().describe('Of all footage; beyond it the oldest is deleted.'),
      min_free_bytes: z.int().describe('Kept free on the disk of the footage by deleting the oldest.'),
    }),
    tiers: TierConfig,
    inference: z
      .object({
        enabled: z.boolean(),
        device: z.enum(['cpu', 'gpu', 'cuda', 'webgpu']).describe('`gpu` is cuda.'),
        models_path: z.string().describe('As configured; relative to the data directory.'),
        threads: z.int().describe('Processor threads that networks may take.'),
      })
      .describe('How networks find objects in pictures.'),
    network: z.object({
      allow: z.array(z.string()),
      deny: z.array(z.string()),
      ports: z.array(z.int()),
      files_path: z.string().nullable().describe('Folder whose files may be sources, as `file:NAME`.'),
    }),
    limits: z.object({
      reads_per_minute: z.int(),
      writes_per_minute: z.int(),
      sockets_per_address: z.int(),
      proxy_calls_per_minute: z.int(),
    }),
    metrics: z.object({ open_to_loopback: z.boolean() }),
    oidc: z.object({
      issuer: z.string().nullable(),
      client_id: z.string().nullable(),
      name: z.string(),
      scopes: z.array(z.string()),
      groups_claim: z.string(),
      roles: z.record(z.string(), Role),
      default_role: Role.nullable(),
    }),
    database: z
      .object({
        engine: z.enum(['sqlite', 'postgres', 'mysql']),
        host: z.string(),
        port: z.int().nullable(),
        name: z.string(),
        user: z.string(),
        tls: z.boolean(),
      })
      .describe('Where everything but footage and keys is kept.'),
    redis: z
      .object({
        host: z.string().nullable(),
        port: z.int(),
        user: z.string().nullable(),
        tls: z.boolean(),
        prefix: z.string(),
      })
      .describe('Where several servers of one installation meet; without a host there is one.'),
    publishing: z.object({
      takeover: z
        .enum(['when_silent', 'always', 'never'])
        .describe('Whether a second publisher of a stream may take the place of the first.'),
    }),
    bookmarks: z.object({
      preroll_seconds: z.number().describe('Held in memory of streams that are not recorded.'),
    }),
    audit: z.object({ retention_days: z.number().describe('Days an entry of the audit log is kept.') }),
    platform: z.object({ rtmp_base_url: z.string().nullable() }),
    surfaces: z.object({
      privacy: z.object({
        port: z.int().nullable(),
        auth: z.enum(['token', 'none']),
        output_allow: z.array(z.string()),
        output_host: z.string().nullable(),
      }),
    }),
    backup: z.object({ path: z.string().describe('As configured; relative to the data directory.') }),
  })
  .meta({ id: 'Config', examples: [CONFIG_EXAMPLE] });
export type ManagerConfig = z.infer<typeof ManagerConfig>;

export const UpdateConfig = z.record(z.string(), z.json()).meta({
  id: 'UpdateConfig',
  description: 'JSON merge patch (RFC 7396) of the file; null goes back to the default.',
  examples: [{ recording: { retention_days: 14 } }],
});

export const ConfigUpdated = z
  .object({
    config: ManagerConfig.describe('What the file says now.'),
    reload_required: z.array(z.string()).describe('Keys that count after `POST /api/config/reload`.'),
    restart_required: z.array(z.string()).describe('Keys that count from the next start.'),
  })
  .meta({
    id: 'ConfigUpdated',
    examples: [
      { config: CONFIG_EXAMPLE, reload_required: ['recording.retention_days'], restart_required: [] },
    ],
  });

export const ConfigReloaded = z
  .object({
    applied: z.array(z.string()).describe('Keys that changed and count now.'),
    restart_required: z.array(z.string()),
  })
  .meta({
    id: 'ConfigReloaded',
    examples: [{ applied: ['recording.retention_days'], restart_required: [] }],
  });
