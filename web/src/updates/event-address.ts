import type { ApiClient } from '../api/client.ts';
import { withQuery } from '../api/query.ts';

/** Address of an event socket with a ticket for one use; `since` sends again what came after that id. */
export async function eventAddress(
  api: ApiClient,
  query: { types?: string; streams?: string; since?: number } = {},
): Promise<string> {
  const { ticket } = await api.post<{ ticket: string }>('/api/events/ticket');
  const url = new URL(withQuery('/api/events', { ...query, ticket }), location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
