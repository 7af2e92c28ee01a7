import { useQuery } from '@tanstack/react-query';
import { streamPath } from '../api/client.ts';
import type {
  Coverage,
  DeviceSettings,
  PtzState,
  RecordingList,
  StreamDetail,
  StreamSummary,
} from '../api/types.ts';
import { useSession } from '../session/session.ts';
import { useTold } from '../updates/updates.tsx';

/** Milliseconds between two reads: figures change all the time, states are told where that is allowed. */
const TOLD_MS = 4_000;
const ASKED_MS = 2_000;

/** Every camera within reach; undefined until the first answer. */
export function useStreams() {
  const { api } = useSession();
  const told = useTold();
  return useQuery<readonly StreamSummary[]>({
    queryKey: ['streams'],
    queryFn: ({ signal }) => api.listStreams(signal),
    refetchInterval: told ? TOLD_MS : ASKED_MS,
  });
}

/** All of one camera. */
export function useStream(id: string, wanted = true) {
  const { api } = useSession();
  const told = useTold();
  return useQuery<StreamDetail>({
    queryKey: ['stream', id],
    queryFn: ({ signal }) => api.get<StreamDetail>(streamPath(id), { signal }),
    enabled: wanted,
    refetchInterval: told ? TOLD_MS : ASKED_MS,
  });
}

/** Footage with anything in `[from, to)`, UTC milliseconds, newest first. */
export function useRecordings(id: string, from: number, to: number, wanted = true) {
  const { api } = useSession();
  const told = useTold();
  return useQuery<RecordingList>({
    queryKey: ['footage', id, 'recordings', from, to],
    queryFn: ({ signal }) => api.listRecordings(id, new Date(from), new Date(to), signal),
    enabled: wanted,
    refetchInterval: told ? 15_000 : 8_000,
  });
}

/** What was recorded of a time, and why the rest was not. */
export function useCoverage(id: string, from: number, to: number) {
  const { api } = useSession();
  return useQuery<Coverage>({
    queryKey: ['footage', id, 'coverage', from, to],
    queryFn: ({ signal }) =>
      api.get<Coverage>(`${streamPath(id)}/coverage`, {
        query: { from: new Date(from).toISOString(), to: new Date(to).toISOString() },
        signal,
      }),
    refetchInterval: 15_000,
    placeholderData: (before) => before,
  });
}

/** Whether somebody said where the camera's ONVIF service is: only then is it worth asking by itself. */
export function useDevice(id: string, wanted: boolean) {
  const { api } = useSession();
  return useQuery<DeviceSettings>({
    queryKey: ['device', id],
    queryFn: ({ signal }) => api.get<DeviceSettings>(`${streamPath(id)}/device`, { signal }),
    enabled: wanted,
    staleTime: 60_000,
  });
}

/** How a camera can be moved; null where it cannot, or does not answer. */
export function usePtz(id: string, wanted: boolean) {
  const { api } = useSession();
  return useQuery<PtzState | null>({
    queryKey: ['ptz', id],
    queryFn: ({ signal }) =>
      api.get<PtzState>(`${streamPath(id)}/ptz`, { signal, timeoutMs: 15_000 }).catch(() => null),
    enabled: wanted,
    staleTime: 5 * 60_000,
    retry: false,
    refetchOnWindowFocus: false,
  });
}
