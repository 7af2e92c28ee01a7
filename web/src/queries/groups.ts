import { useQuery } from '@tanstack/react-query';
import type { CameraGroupList } from '../api/types.ts';
import { useApi } from '../session/session.ts';

/** Every group of cameras. */
export function useGroups() {
  const api = useApi();
  return useQuery({
    queryKey: ['camera-groups'],
    queryFn: ({ signal }) =>
      api.get<CameraGroupList>('/api/v1/camera-groups', { query: { limit: 500 }, signal }),
  });
}
