import { Tabs } from 'radix-ui';
import { useState } from 'react';
import { Forbidden } from '../app/faults.tsx';
import { usePageTitle } from '../app/use-page-title.ts';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { AddByAddress } from './add-by-address.tsx';
import { AddByBrand } from './add-by-brand.tsx';
import { AddByPublishing } from './add-by-publishing.tsx';
import { type CameraForm, EMPTY_CAMERA } from './camera-form.ts';
import { AddByDiscovery } from './discovery/add-by-discovery.tsx';
import { ImportCameras } from './importing/import-cameras.tsx';

const WAYS = ['address', 'discovery', 'brand', 'publish', 'import'] as const;
type Way = (typeof WAYS)[number];
/** Ways that need more than a new stream does. */
const OF_CAMERAS: readonly Way[] = ['discovery', 'import'];

/** Adds a camera: found in the network, by its address, by its make, or one that pushes. */
export function AddCameraPage() {
  const heading = usePageTitle(t.addCamera.title);
  const { can, everything } = useSession();
  const [way, setWay] = useState<Way>('address');
  const [form, setForm] = useState<CameraForm>(EMPTY_CAMERA);
  // What was found or put together is looked over where its address is.
  const found = (change: Partial<CameraForm>) => {
    setForm({ ...form, ...change });
    setWay('address');
  };
  if (!everything || !can('streams:write')) return <Forbidden />;
  return (
    <div className="mx-auto grid max-w-4xl gap-3" data-page="add-camera">
      <h1 ref={heading} tabIndex={-1}>
        {t.addCamera.title}
      </h1>
      <Tabs.Root value={way} onValueChange={(value) => setWay(value as Way)} className="grid gap-3">
        <Tabs.List className="tabs" aria-label={t.addCamera.ways.label}>
          {WAYS.filter((one) => !OF_CAMERAS.includes(one) || can('cameras:write')).map((one) => (
            <Tabs.Trigger key={one} value={one} className="tab" data-way={one}>
              {t.addCamera.ways[one]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value="address">
          <AddByAddress form={form} onChange={setForm} />
        </Tabs.Content>
        <Tabs.Content value="discovery">
          <AddByDiscovery onFound={found} />
        </Tabs.Content>
        <Tabs.Content value="brand">
          <AddByBrand onFound={found} />
        </Tabs.Content>
        <Tabs.Content value="publish">
          <AddByPublishing />
        </Tabs.Content>
        <Tabs.Content value="import">
          <ImportCameras />
        </Tabs.Content>
      </Tabs.Root>
    </div>
  );
}
