import type { QueryClient } from '@tanstack/react-query';

/** Reads a camera and the list anew after a change by hand, and once more when its effect can be seen. */
export async function refreshStream(client: QueryClient, id: string): Promise<void> {
  const read = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['streams'] }),
      client.invalidateQueries({ queryKey: ['stream', id] }),
    ]);
  setTimeout(() => void read(), 1_200);
  await read();
}
