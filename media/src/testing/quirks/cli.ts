import type { QuirkArg } from '../camera/args.ts';
import { UsageError } from '../camera/args.ts';
import { QUIRKS, QuirkyCamera } from './index.ts';

/** Every behaviour as a line of `--quirk list`. */
export function quirkList(): string {
  const seen = new Map<number, number>();
  const lines = QUIRKS.map(({ number, name }) => {
    const variant = (seen.get(number) ?? 0) + 1;
    seen.set(number, variant);
    return `${`${number}.${variant}`.padEnd(6)}${name}`;
  });
  return lines.join('\n');
}

/**
 * Starts a camera for each, on `port` and those above (0: any free ones).
 * @throws UsageError for a number or a variant that is not spoken; what the system says about a port.
 */
export async function startQuirkyCameras(
  args: readonly QuirkArg[],
  host: string,
  port: number,
): Promise<{ readonly camera: QuirkyCamera; readonly name: string }[]> {
  const chosen = args.map(({ number, variant }) => {
    const quirk = QUIRKS.filter((one) => one.number === number)[variant - 1];
    if (!quirk) throw new UsageError(`--quirk ${number}.${variant}: there is no such one, see --quirk list`);
    return quirk;
  });
  return Promise.all(
    chosen.map(async (quirk, index) => ({
      camera: await QuirkyCamera.start(quirk, { host, port: port === 0 ? 0 : port + index }),
      name: `quirk ${quirk.number}: ${quirk.name}`,
    })),
  );
}
