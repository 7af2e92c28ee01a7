import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef } from 'react';
import { MINUTE, momentAtShare, moved, SECOND, shareOf, type Visible, zoomed } from './visible.ts';

/** The visible that is looked at, and the way to another. */
export interface TimelineView {
  readonly visible: Visible;
  readonly setVisible: (change: (visible: Visible) => Visible) => void;
}

interface Told {
  at: number;
  onSeek: (at: number) => void;
  onHover?: (at: number | null) => void;
}

/** A press that moves less is a press, and not a drag. Pixels. */
const STILL_PX = 4;
/** Of the visible, at each turn of the wheel. */
const WHEEL = 1.002;

/** Pointer, wheel and keys of a timeline. */
export function useTimelineInput(box: RefObject<HTMLElement | null>, view: TimelineView, told: Told) {
  const pressed = useRef(new Map<number, number>());
  const dragged = useRef(false);
  const share = (x: number): number => {
    const { left, width } = box.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return (x - left) / width;
  };
  const momentOf = (event: { clientX: number }): number => momentAtShare(view.visible, share(event.clientX));
  useWheel(box, view, share);

  const onPointerMove = (event: PointerEvent) => {
    const before = pressed.current.get(event.pointerId);
    if (before === undefined) return told.onHover?.(momentOf(event));
    const by = event.clientX - before;
    if (!dragged.current && Math.abs(by) < STILL_PX) return;
    dragged.current = true;
    const other = [...pressed.current].find(([id]) => id !== event.pointerId)?.[1];
    pressed.current.set(event.pointerId, event.clientX);
    if (other === undefined) {
      view.setVisible((visible) =>
        moved(visible, -(share(event.clientX) - share(before)) * (visible.to - visible.from)),
      );
    } else if (event.clientX !== other) {
      // Two fingers: as far apart as they are now, around the one that rests.
      const factor = Math.abs(before - other) / Math.abs(event.clientX - other);
      view.setVisible((visible) => zoomed(visible, factor, momentAtShare(visible, share(other))));
    }
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      if (pressed.current.size === 0) dragged.current = false;
      pressed.current.set(event.pointerId, event.clientX);
    },
    onPointerMove,
    onPointerUp: (event: PointerEvent) => {
      pressed.current.delete(event.pointerId);
      if (!dragged.current) told.onSeek(momentOf(event));
    },
    onPointerCancel: (event: PointerEvent) => void pressed.current.delete(event.pointerId),
    onPointerLeave: () => told.onHover?.(null),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (act(event, view, told)) event.preventDefault();
    },
  };
}

/** React's own wheel listener cannot keep the page from scrolling. */
function useWheel(
  box: RefObject<HTMLElement | null>,
  view: TimelineView,
  share: (x: number) => number,
): void {
  const { setVisible } = view;
  const shareNow = useRef(share);
  useEffect(() => {
    shareNow.current = share;
  });
  useEffect(() => {
    const element = box.current;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      const at = shareNow.current(event.clientX);
      setVisible((visible) =>
        sideways
          ? moved(visible, ((visible.to - visible.from) * event.deltaX) / 1000)
          : zoomed(visible, WHEEL ** event.deltaY, momentAtShare(visible, at)),
      );
    };
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => element?.removeEventListener('wheel', onWheel);
  }, [box, setVisible]);
}

/** What a key does; false for other keys. */
function act(event: KeyboardEvent, { visible, setVisible }: TimelineView, { at, onSeek }: Told): boolean {
  const share = shareOf(visible, at);
  const middle = share >= 0 && share <= 1 ? at : momentAtShare(visible, 0.5);
  const step = event.shiftKey ? MINUTE : 5 * SECOND;
  const page = (direction: number) => setVisible((now) => moved(now, (direction * (now.to - now.from)) / 2));
  const zoom = (factor: number) => setVisible((now) => zoomed(now, factor, middle));
  const keys = new Map<string, () => void>([
    ['ArrowLeft', () => onSeek(at - step)],
    ['ArrowRight', () => onSeek(at + step)],
    ['PageUp', () => page(-1)],
    ['PageDown', () => page(1)],
    ['+', () => zoom(0.5)],
    ['=', () => zoom(0.5)],
    ['-', () => zoom(2)],
  ]);
  const what = keys.get(event.key);
  what?.();
  return what !== undefined;
}
