import { ApiError } from '../api/api-error.ts';
import { problemText } from '../api/problem.ts';
import type { NewStream } from '../api/types.ts';
import { t } from '../strings/index.ts';
import { SUB_SUFFIX } from '../wall/sub-stream.ts';
import { embedCredentials, liftCredentials } from './camera-url.ts';

/** What a person typed. */
export interface CameraForm {
  id: string;
  url: string;
  username: string;
  password: string;
  record: boolean;
  /** Address of its small picture, which walls show; empty where there is none. */
  subUrl: string;
}

/** `form` is about no single field. */
export type CameraField = 'id' | 'url' | 'username' | 'form';
export type CameraProblems = Partial<Record<CameraField, string>>;

export const EMPTY_CAMERA: CameraForm = {
  id: '',
  url: '',
  username: '',
  password: '',
  record: true,
  subUrl: '',
};

const { problem } = t.addCamera;

/** What is wrong with a name; undefined when nothing is. */
export function idProblem(id: string): string | undefined {
  if (id === '') return problem.idEmpty;
  if (/[^A-Za-z0-9_-]/.test(id)) return problem.idCharacters;
  if (!/^[A-Za-z0-9]/.test(id)) return problem.idStart;
  return id.length > 64 ? problem.idLong : undefined;
}

function urlProblem(url: string): string | undefined {
  if (url === '') return problem.urlEmpty;
  if (/\s/.test(url)) return problem.urlSpace;
  if (!/^(?:rtsp|rtmp|http)s?:\/\//i.test(url)) return problem.urlScheme;
  return /^[a-z]+:\/\/[^/?:]/i.test(liftCredentials(url).url) ? undefined : problem.urlHost;
}

/** What is wrong before anything is sent; an empty object when nothing is. The server has the last word. */
export function checkCamera(form: CameraForm): CameraProblems {
  const id = idProblem(form.id.trim());
  const url = urlProblem(form.url.trim());
  return {
    ...(id === undefined ? {} : { id }),
    ...(url === undefined ? {} : { url }),
    ...(form.password !== '' && form.username === '' ? { username: problem.passwordOnly } : {}),
  };
}

/** The request that adds this camera. */
export function cameraRequest(form: CameraForm): NewStream {
  return {
    id: form.id.trim(),
    source_url: embedCredentials(form),
    recording: { enabled: form.record },
  };
}

/** The request that adds its small picture: connected only while a wall shows it. */
export function subRequest(form: CameraForm): NewStream | undefined {
  if (form.subUrl.trim() === '') return undefined;
  return {
    id: `${form.id.trim()}${SUB_SUFFIX}`,
    source_url: embedCredentials({ ...form, url: form.subUrl }),
    recording: { enabled: false },
    on_demand: { enabled: true },
  };
}

const FIELDS: Record<string, CameraField> = { id: 'id', source_url: 'url' };

/** The server's refusal at the field that it is about; it names the field in `details` and before its message. */
export function serverProblems(error: unknown): CameraProblems {
  if (!(error instanceof ApiError) || error.kind !== 'refused') return { form: problemText(error) };
  if (error.code === 'STREAM_ALREADY_EXISTS') return { id: problem.idTaken };
  const named = error.details['field'];
  const field = typeof named === 'string' ? FIELDS[named] : undefined;
  if (field === undefined) return { form: problemText(error) };
  const message = error.message.replace(`${named}: `, '');
  return { [field]: message.charAt(0).toUpperCase() + message.slice(1) };
}
