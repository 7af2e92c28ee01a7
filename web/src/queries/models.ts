import { useQuery } from '@tanstack/react-query';
import type { ModelList } from '../api/types.ts';
import { useApi } from '../session/session.ts';

const EVERY_MS = 3_000;

/** Every network that finds things in pictures; those that are still tried are asked for again. */
export function useModels(wanted = true) {
  const api = useApi();
  return useQuery({
    queryKey: ['models'],
    queryFn: ({ signal }) => api.get<ModelList>('/api/v1/models', { query: { limit: 200 }, signal }),
    enabled: wanted,
    staleTime: EVERY_MS,
    refetchInterval: ({ state }) =>
      state.data?.items.some((model) => model.state === 'checking') ? EVERY_MS : 10 * EVERY_MS,
  });
}
