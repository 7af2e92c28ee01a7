import { useQuery } from '@tanstack/react-query';
import type { Schema } from '../forms/schema.ts';
import { useApi } from '../session/session.ts';

interface Description {
  components: { schemas: Readonly<Record<string, Schema>> };
}

/** The shape of something as the server describes it; undefined until it is known. */
export function useSchema(name: string): Schema | undefined {
  const api = useApi();
  const { data } = useQuery({
    queryKey: ['schema'],
    queryFn: ({ signal }) => api.get<Description>('/openapi.json', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data?.components.schemas[name];
}
