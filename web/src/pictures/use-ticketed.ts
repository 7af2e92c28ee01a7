import { useQuery } from '@tanstack/react-query';
import { useApi } from '../session/session.ts';

/** A ticket opens what it is for once; while that goes on it is not asked for again. */
const FRESH_MS = 20_000;

/**
 * Address of a stream's pictures that go on without end, for an element of the page: with a ticket where a token is
 * what somebody is signed in by. null until it is known.
 */
export function useTicketed(streamId: string, path: string): string | null {
  const api = useApi();
  const byToken = api.authorization !== undefined;
  const { data } = useQuery({
    queryKey: ['media-ticket', streamId, path],
    queryFn: () => api.post<{ ticket: string }>(`/live/${encodeURIComponent(streamId)}/ticket`),
    enabled: byToken,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: FRESH_MS,
    refetchOnWindowFocus: false,
  });
  if (!byToken) return path;
  return data ? `${path}${path.includes('?') ? '&' : '?'}ticket=${encodeURIComponent(data.ticket)}` : null;
}
