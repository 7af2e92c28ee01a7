import { Pencil, Plus, Trash2 } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useRemoveLayout } from '../queries/layouts.ts';
import { t } from '../strings/index.ts';
import { type LayoutChoices, LayoutName } from './layout-name.tsx';

const ITEM =
  'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-control px-2.5 outline-none data-highlighted:bg-hover';

/** The menu of walls, open when it is shown first. */
export function LayoutMenu(props: LayoutChoices) {
  const { layouts, chosen } = props;
  const remove = useRemoveLayout();
  return (
    <DropdownMenu.Root defaultOpen>
      <DropdownMenu.Trigger className="button" data-part="layouts">
        <LayoutName chosen={chosen} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          className="z-50 min-w-52 rounded-box border border-line bg-raised p-1 shadow-lg"
        >
          <DropdownMenu.RadioGroup
            value={chosen?.id ?? ''}
            onValueChange={(id) => props.onChoose(id === '' ? null : id)}
          >
            <DropdownMenu.RadioItem value="" className={`${ITEM} data-[state=checked]:font-semibold`}>
              {t.layouts.every}
            </DropdownMenu.RadioItem>
            {layouts.map(({ id, name }) => (
              <DropdownMenu.RadioItem
                key={id}
                value={id}
                className={`${ITEM} data-[state=checked]:font-semibold`}
                data-layout={name}
              >
                {name}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <DropdownMenu.Item className={ITEM} onSelect={() => props.onArrange(null)} data-part="new-layout">
            <Plus className="icon" aria-hidden="true" />
            {t.layouts.fresh}
          </DropdownMenu.Item>
          {chosen?.own && (
            <>
              <DropdownMenu.Item className={ITEM} onSelect={() => props.onArrange(chosen)}>
                <Pencil className="icon" aria-hidden="true" />
                {t.layouts.change}
              </DropdownMenu.Item>
              <DropdownMenu.Item
                className={ITEM}
                onSelect={() => remove.mutate(chosen.id, { onSuccess: () => props.onChoose(null) })}
              >
                <Trash2 className="icon" aria-hidden="true" />
                {t.layouts.remove}
              </DropdownMenu.Item>
            </>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
