import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { problemText } from '../api/problem.ts';
import type { Model } from '../api/types.ts';
import { Dialog, DialogFoot } from '../controls/dialog.tsx';
import { Field } from '../controls/field.tsx';
import { Problem } from '../controls/problem.tsx';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { begun, type ModelDraft, problemOf, queryOf, TAIL_BYTES, withFile, withTail } from './model-draft.ts';

const LAYOUTS = ['yolov5', 'yolov8'] as const;

/** A file with a network, and what nobody can read from it: how its answer lies and what its classes are called. */
export function UploadDialog(props: { taken: readonly string[]; onClose: () => void }) {
  const api = useApi();
  const client = useQueryClient();
  const [draft, setDraft] = useState<ModelDraft>(begun);
  const [file, setFile] = useState<File | null>(null);
  /** null: nothing is sent; 1: all of it is there, and it is tried. */
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const wrong = problemOf(draft, props.taken);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (file === null) return;
    setProblem(null);
    setShare(0);
    api
      .upload<Model>('/api/v1/models', { query: queryOf(draft), file, onProgress: setShare })
      .then(() => client.invalidateQueries({ queryKey: ['models'] }))
      .then(props.onClose)
      .catch((error: unknown) => {
        setProblem(problemText(error));
        setShare(null);
      });
  };
  const choose = (chosen: File | undefined) => {
    if (chosen === undefined) return;
    setFile(chosen);
    setDraft(withFile(draft, chosen.name));
    // What it says of itself saves typing; where it cannot be read, sending it will tell.
    chosen
      .slice(-TAIL_BYTES)
      .text()
      .then((tail) => setDraft((now) => withTail(now, tail)))
      .catch(() => undefined);
  };
  const busy = share !== null;
  return (
    <Dialog title={t.models.add} onClose={props.onClose} locked={busy}>
      <form className="grid gap-4" onSubmit={submit} autoComplete="off">
        <Field label={t.models.file} hint={t.models.fileHint}>
          {(field) => (
            <input
              {...field}
              type="file"
              name="model-file"
              accept=".onnx"
              disabled={busy}
              onChange={(event) => choose(event.target.files?.[0])}
            />
          )}
        </Field>
        <ModelFields draft={draft} wrong={wrong} onChange={(part) => setDraft({ ...draft, ...part })} />
        {share !== null && (
          <div className="grid gap-1" role="status">
            <progress className="w-full" max={1} value={share < 1 ? share : undefined} />
            <p>{share < 1 ? t.models.sending(Math.floor(share * 100)) : t.models.trying}</p>
          </div>
        )}
        <Problem text={problem} />
        <DialogFoot>
          <button type="button" className="button" onClick={props.onClose} disabled={busy}>
            {t.app.cancel}
          </button>
          <button
            type="submit"
            className="button primary"
            disabled={busy || file === null || Object.keys(wrong).length > 0}
          >
            {t.models.submit}
          </button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

function ModelFields(props: {
  draft: ModelDraft;
  wrong: Partial<Record<keyof ModelDraft, string>>;
  onChange: (part: Partial<ModelDraft>) => void;
}) {
  const { draft, wrong, onChange } = props;
  const text = (name: 'name' | 'width' | 'height', label: string) => (
    <Field label={label} problem={draft[name] === '' ? undefined : wrong[name]}>
      {(field) => (
        <input
          {...field}
          name={`model-${name}`}
          inputMode={name === 'name' ? 'text' : 'numeric'}
          autoCapitalize="none"
          spellCheck={false}
          value={draft[name]}
          onChange={(event) => onChange({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <>
      {text('name', t.models.name)}
      <Field label={t.models.classes} hint={t.models.classesHint}>
        {(field) => (
          <textarea
            {...field}
            name="model-classes"
            rows={2}
            spellCheck={false}
            value={draft.classes}
            onChange={(event) => onChange({ classes: event.target.value })}
          />
        )}
      </Field>
      <Field label={t.models.layout} hint={t.models.layoutHint}>
        {(field) => (
          <select
            {...field}
            name="model-layout"
            value={draft.layout}
            onChange={(event) => onChange({ layout: event.target.value as ModelDraft['layout'] })}
          >
            {LAYOUTS.map((layout) => (
              <option key={layout} value={layout}>
                {t.models.layouts[layout]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <div className="columns">
        {text('width', t.models.width)}
        {text('height', t.models.height)}
      </div>
    </>
  );
}
