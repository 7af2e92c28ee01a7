import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/api-error.ts';
import { tellEnded } from '../session/session-provider.tsx';

const TRIES = 2;

/** Answers of the server by key. Nothing is asked while the tab is hidden; a lost session ends the page's. */
export function createQueries(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiError && error.kind === 'unauthorized') tellEnded();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        retry: (failures, error) => failures < TRIES && error instanceof ApiError && error.kind === 'network',
        refetchIntervalInBackground: false,
      },
    },
  });
}
