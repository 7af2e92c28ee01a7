import { isAbsolute, relative } from 'node:path';
import type { ManagerConfig } from '@nightjar/contract/manager';
import type { Config } from '../../../kernel/index.ts';

/** A folder inside the data directory is shown as it is written: without where that directory lies. */
function shownPath(path: string, dataDir: string): string {
  const inside = relative(dataDir, path);
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}

/** A configuration as S2 shows it. */
export function shownConfig(config: Config, dataDir: string): ManagerConfig {
  const { recording, backup, server, tiers, inference, network, ...rest } = config;
  const { cert_file, key_file, ...tls } = server.tls;
  const shown = (path: string | null): string | null => path && shownPath(path, dataDir);
  return {
    network: { ...network, files_path: shown(network.files_path) },
    ...rest,
    server: { ...server, tls: { ...tls, cert_file: shown(cert_file), key_file: shown(key_file) } },
    recording: { ...recording, base_path: shownPath(recording.base_path, dataDir) },
    tiers: shownTiers(tiers, shown),
    backup: { path: shownPath(backup.path, dataDir) },
    inference: { ...inference, models_path: shownPath(inference.models_path, dataDir) },
  };
}

function shownTiers(
  tiers: Config['tiers'],
  shown: (path: string | null) => string | null,
): ManagerConfig['tiers'] {
  const { warm, cold, archived } = tiers;
  return {
    ...tiers,
    warm: { ...warm, path: shown(warm.path) },
    cold: { ...cold, path: shown(cold.path) },
    archived: { ...archived, path: shown(archived.path) },
  };
}
