import { Move3d } from 'lucide-react';
import { Popover } from 'radix-ui';
import { PtzControl } from '../stream-page/ptz/ptz-control.tsx';
import { t } from '../strings/index.ts';

/** Moves and presets of a camera in a window at its tile, open when it is shown first. */
export function MoverWindow({ id }: { id: string }) {
  const label = `${id}: ${t.ptz.title}`;
  return (
    <Popover.Root defaultOpen>
      <Popover.Trigger asChild>
        <button
          type="button"
          className="button on-picture icon-only"
          aria-label={label}
          title={t.ptz.title}
          data-tool="move"
        >
          <Move3d className="icon" aria-hidden="true" />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          sideOffset={6}
          className="z-50 max-w-[calc(100vw-16px)] rounded-box border border-line bg-raised p-2 shadow-lg"
          aria-label={label}
        >
          <PtzControl id={id} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
