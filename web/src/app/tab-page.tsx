import { Tabs } from 'radix-ui';
import type { ReactNode } from 'react';
import { PageHead } from '../controls/page-head.tsx';
import { useTab } from './use-tab.ts';

/** One part of a page, shown when its tab is pressed. */
export interface TabPart {
  readonly name: string;
  readonly label: string;
  readonly content: ReactNode;
}

/** A page whose parts lie behind tabs; parts that the account may not see are left out. */
export function TabPage(props: { name: string; title: string; parts: readonly (TabPart | false)[] }) {
  const parts = props.parts.filter((part) => part !== false);
  const [open, choose] = useTab(parts.map(({ name }) => name));
  return (
    <div data-page={props.name}>
      <PageHead title={props.title} />
      <Tabs.Root value={open} onValueChange={choose} className="grid gap-3">
        <Tabs.List className="tabs" aria-label={props.title}>
          {parts.map(({ name, label }) => (
            <Tabs.Trigger key={name} value={name} className="tab" data-tab={name}>
              {label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {parts.map(({ name, content }) => (
          <Tabs.Content key={name} value={name}>
            {content}
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </div>
  );
}
