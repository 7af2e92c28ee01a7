import { useNavigate, useSearch } from '@tanstack/react-router';

/**
 * Which part of a page is open, of those there are, the first unless told. It stands in the address (`?tab=`), so that
 * a reload, a bookmark and the way back find it again.
 */
export function useTab(names: readonly string[]): readonly [open: string, choose: (name: string) => void] {
  const { tab } = useSearch({ strict: false });
  const navigate = useNavigate();
  const first = names[0] ?? '';
  const open = tab !== undefined && names.includes(tab) ? tab : first;
  const choose = (name: string) =>
    void navigate({
      to: '.',
      search: ({ tab: _, ...others }) => (name === first ? others : { ...others, tab: name }),
      replace: true,
    });
  return [open, choose];
}
