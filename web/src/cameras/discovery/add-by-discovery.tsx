import { useMutation } from '@tanstack/react-query';
import { Radar } from 'lucide-react';
import { useState } from 'react';
import { problemText } from '../../api/problem.ts';
import type { DiscoveredDevices } from '../../api/types.ts';
import { Problem } from '../../controls/problem.tsx';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import type { CameraForm } from '../camera-form.ts';
import { FoundDevice } from './found-device.tsx';

const SEARCH_MS = 4_000;

/** Asks the network which cameras speak ONVIF, and each of them where its streams are. */
export function AddByDiscovery({ onFound }: { onFound: (found: Partial<CameraForm>) => void }) {
  const api = useApi();
  const [open, setOpen] = useState<string | null>(null);
  const search = useMutation({
    mutationFn: () =>
      api.post<DiscoveredDevices>(
        '/api/discover',
        { timeout_ms: SEARCH_MS },
        { timeoutMs: SEARCH_MS + 10_000 },
      ),
  });
  const devices = search.data?.devices;
  return (
    <section className="card grid gap-4">
      <p className="text-faint">{t.addCamera.discoverText}</p>
      <button
        type="button"
        className="button primary justify-self-start"
        disabled={search.isPending}
        onClick={() => search.mutate()}
      >
        <Radar className="icon" aria-hidden="true" />
        {search.isPending ? t.addCamera.discovering : t.addCamera.discover}
      </button>
      <Problem text={search.error && problemText(search.error)} />
      {devices?.length === 0 && <p role="status">{t.addCamera.discoverNone}</p>}
      <ul className="grid gap-2">
        {devices?.map((device) => (
          <li key={device.address} className="rounded-control border border-line p-3">
            <FoundDevice
              device={device}
              open={open === device.address}
              onOpen={() => setOpen(device.address)}
              onFound={onFound}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
