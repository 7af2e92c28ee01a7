import { type MouseEvent, type ReactNode, useState } from 'react';
import { problemText } from '../api/problem.ts';
import { Problem } from '../controls/problem.tsx';
import { useApi } from '../session/session.ts';
import { saveFile } from './save-file.ts';

/** A link that loads a file; whoever is signed in by a token, which no link carries, is given what was fetched. */
export function FileLink(props: {
  href: string;
  /** Name of the file on this device. */
  name: string;
  className: string;
  label?: string;
  /** Of the tests. */
  camera?: string;
  children: ReactNode;
}) {
  const { href, name } = props;
  const api = useApi();
  const [problem, setProblem] = useState<string | null>(null);
  const load = (event: MouseEvent) => {
    if (api.authorization === undefined) return;
    event.preventDefault();
    setProblem(null);
    api
      .blob(href, new AbortController().signal)
      .then((blob) => saveFile(blob, name))
      .catch((error: unknown) => setProblem(problemText(error)));
  };
  return (
    <>
      <a
        className={props.className}
        href={href}
        download={name}
        aria-label={props.label}
        title={props.label}
        data-download={props.camera}
        onClick={load}
      >
        {props.children}
      </a>
      <Problem text={problem} />
    </>
  );
}
