import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Layout, LayoutList } from '../api/types.ts';
import { useSession } from '../session/session.ts';

const KEY = ['layouts'];
const PATH = '/api/v1/layouts';

/** Walls that were arranged: one's own, and those that others share. */
export function useLayouts() {
  const { api, can } = useSession();
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<LayoutList>(PATH, { query: { limit: 200 }, signal }),
    enabled: can('cameras:read'),
    staleTime: 60_000,
  });
}

export type LayoutDraft = Pick<Layout, 'name' | 'columns' | 'tiles' | 'shared'>;

/** Keeps a layout: a new one without `id`. Resolves to it as it is kept. */
export function useKeepLayout() {
  const { api } = useSession();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...draft }: LayoutDraft & { id: string | null }) =>
      id === null ? api.post<Layout>(PATH, draft) : api.put<Layout>(`${PATH}/${id}`, draft),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export function useRemoveLayout() {
  const { api } = useSession();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete(`${PATH}/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
}
