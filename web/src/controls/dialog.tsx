import { Dialog as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';
import { t } from '../strings/index.ts';
import { Icon } from './icons.tsx';

/** A modal window that keeps the focus inside and gives it back. Mounted means open. */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  /** Something is under way: it cannot be closed now. */
  locked?: boolean;
  wide?: boolean;
  children: ReactNode;
}) {
  const { locked = false, onClose } = props;
  return (
    <Primitive.Root open onOpenChange={(open) => !open && !locked && onClose()}>
      <Primitive.Portal>
        <Primitive.Overlay className="fixed inset-0 z-40 bg-[#050a14a6]" />
        <Primitive.Content
          aria-describedby={undefined}
          className={`fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-24px)] -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-box border border-line bg-raised p-5 text-ink shadow-2xl ${
            props.wide ? 'w-[min(760px,calc(100vw-24px))]' : 'w-[min(500px,calc(100vw-24px))]'
          }`}
        >
          <header className="mb-3 flex items-center justify-between gap-3">
            <Primitive.Title className="text-[1.15rem] font-semibold break-words">
              {props.title}
            </Primitive.Title>
            <Primitive.Close className="button quiet icon-only" disabled={locked} aria-label={t.app.close}>
              <Icon name="close" />
            </Primitive.Close>
          </header>
          {props.children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

/** The buttons at the end of a dialog. */
export function DialogFoot({ children }: { children: ReactNode }) {
  return <div className="mt-4 flex flex-wrap justify-end gap-2.5">{children}</div>;
}
