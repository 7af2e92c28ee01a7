import type { Answer, Command } from './link/index.ts';
import type { Probes } from './probe/index.ts';
import type { Footage } from './recorder/index.ts';
import type { Convergence, StreamRegistry } from './streams/index.ts';

/** Does what the server commands, and gives what it answers. */
export async function carryOut(
  command: Command,
  {
    footage,
    convergence,
    registry,
    probes,
  }: { footage: Footage; convergence: Convergence; registry: StreamRegistry; probes: Probes },
): Promise<Answer | undefined> {
  if (command.type === 'probe') return { probe: await probes.look(command.source) };
  if (command.type === 'inventory') {
    // The stream may come while what an earlier engine left is mended.
    const recorded = () => registry.recorded(command.stream_id);
    const writing = (): ReadonlySet<string> => recorded()?.writing ?? new Set();
    await footage.tell({ streamId: command.stream_id, since: Date.parse(command.since), writing });
    recorded()?.retellFootage();
    return undefined;
  }
  // The order to delete follows the one to stop: a recorder that is leaving must not make its folder again.
  if (!command.filenames) await convergence.settled();
  await footage.remove(command.stream_id, command.filenames);
  return undefined;
}
