import { Check, ChevronDown } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { t } from '../../strings/index.ts';

/** Which cameras are shown, as a menu that stays open while they are chosen. */
export function CameraChoice(props: {
  ids: readonly string[];
  chosen: readonly string[];
  most: number;
  onChange: (chosen: readonly string[]) => void;
}) {
  const { ids, chosen, most } = props;
  const toggle = (id: string, on: boolean) =>
    props.onChange(on ? [...chosen, id] : chosen.filter((other) => other !== id));
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger className="button" data-part="camera-choice">
        {t.timeline.cameras(chosen.length)}
        <ChevronDown className="icon" aria-hidden="true" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          className="z-50 max-h-[60dvh] min-w-48 overflow-y-auto rounded-box border border-line bg-raised p-1 shadow-lg"
        >
          {ids.map((id) => (
            <DropdownMenu.CheckboxItem
              key={id}
              checked={chosen.includes(id)}
              disabled={!chosen.includes(id) && chosen.length >= most}
              onCheckedChange={(on) => toggle(id, on)}
              onSelect={(event) => event.preventDefault()}
              className="flex min-h-9 cursor-pointer items-center gap-2 rounded-control px-2 outline-none data-disabled:opacity-50 data-highlighted:bg-hover"
            >
              <span className="grid w-5 place-items-center">
                <DropdownMenu.ItemIndicator>
                  <Check className="icon" aria-hidden="true" />
                </DropdownMenu.ItemIndicator>
              </span>
              {id}
            </DropdownMenu.CheckboxItem>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
