import { t } from '../strings/index.ts';
import type { LimitTexts, RetentionDraft } from './retention.ts';

/** The limits of single cameras; what is left empty is as for all. */
export function CameraLimits(props: {
  cameras: RetentionDraft['cameras'];
  /** Days that count where nothing is said. */
  usual: string;
  onChange: (cameras: RetentionDraft['cameras']) => void;
}) {
  const { cameras, onChange } = props;
  const input = (id: string, texts: LimitTexts, name: keyof LimitTexts) => (
    <input
      inputMode="decimal"
      className="!w-24"
      name={`keep-${name}-${id}`}
      aria-label={`${id}: ${t.retention[name]}`}
      value={texts[name]}
      placeholder={name === 'days' ? props.usual : t.retention.none}
      onChange={(event) => onChange({ ...cameras, [id]: { ...texts, [name]: event.target.value } })}
    />
  );
  return (
    <div className="grid max-h-80 gap-1 overflow-y-auto">
      <span className="grid grid-cols-[1fr_6rem_6rem] gap-2 text-xs text-faint" aria-hidden="true">
        <span>{t.retention.single}</span>
        <span>{t.retention.days}</span>
        <span>{t.retention.size}</span>
      </span>
      {Object.entries(cameras).map(([id, texts]) => (
        <span key={id} className="grid grid-cols-[1fr_6rem_6rem] items-center gap-2">
          <span className="truncate">{id}</span>
          {input(id, texts, 'days')}
          {input(id, texts, 'size')}
        </span>
      ))}
    </div>
  );
}
