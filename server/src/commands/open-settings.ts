import { readFile } from 'node:fs/promises';
import { ConfigurationError, type Environment, parseEnvironment, Settings } from '../kernel/index.ts';

/** sysexits.h. */
export const EX_CONFIG = 78;
export const EX_TEMPFAIL = 75;
const REFERENCE = new URL('../../nightjar.default.yaml', import.meta.url);

/** What a command beside the running program goes by: the same environment and configuration as the program. */
export async function openSettings(
  config: string | undefined,
): Promise<{ environment: Environment; settings: Settings }> {
  const environment = parseEnvironment(config ? ['--config', config] : [], process.env);
  const { dataDir, configFile } = environment;
  const reference = await readFile(REFERENCE, 'utf8');
  return { environment, settings: await Settings.open({ reference, dataDir, configFile }) };
}

/** Ends the process as the launcher understands it. */
export function endWith(command: string, error: unknown): never {
  const lines = error instanceof ConfigurationError ? error.lines : [String(error)];
  for (const line of lines) process.stderr.write(`nightjar ${command}: ${line}\n`);
  process.exit(error instanceof ConfigurationError ? EX_CONFIG : 1);
}
