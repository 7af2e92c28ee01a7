import { Trash2 } from 'lucide-react';
import { t } from '../../strings/index.ts';
import { SureButton } from './sure-button.tsx';

/** Removes something, once somebody has said that they are sure. */
export function RemoveButton(props: {
  title: string;
  text: string;
  act: () => Promise<unknown>;
  /** What it is called, and what confirms it; "Remove" unless told. */
  label?: string;
  confirm?: string;
}) {
  const { label = t.app.remove, confirm = t.app.remove, ...sure } = props;
  return (
    <SureButton {...sure} label={label} confirm={confirm}>
      <Trash2 className="icon" aria-hidden="true" />
    </SureButton>
  );
}
