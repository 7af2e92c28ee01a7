import { type ImportFormat, MAX_IMPORTED } from '@nightjar/contract/platform';
import { invalid } from '../../kernel/index.ts';
import { looksLikeCsv, readCsv } from './csv.ts';
import type { Reading } from './draft.ts';
import { readFrigate } from './frigate.ts';
import { readGo2rtc } from './go2rtc.ts';
import { readMediamtx } from './mediamtx.ts';
import { readYaml, type Yaml, YamlMap } from './yaml.ts';

const READERS: Readonly<Record<Exclude<ImportFormat, 'csv'>, (root: Yaml) => Reading>> = {
  frigate: readFrigate,
  mediamtx: readMediamtx,
  go2rtc: readGo2rtc,
};

/** Which program a configuration is of, by the section that holds its cameras. */
function programOf(root: Yaml): Exclude<ImportFormat, 'csv'> {
  const has = (section: string) => root instanceof YamlMap && root.get(section) instanceof YamlMap;
  if (has('cameras')) return 'frigate';
  if (has('paths')) return 'mediamtx';
  if (has('streams')) return 'go2rtc';
  throw invalid('text', 'this is neither CSV nor a configuration of go2rtc, MediaMTX or Frigate');
}

/** Reads the cameras of a text in one of the formats; throws INVALID_CONFIGURATION that names line and reason. */
export function readCameras(text: string, format: ImportFormat | undefined): Reading {
  const reading = readAs(text.replace(/^\uFEFF/, ''), format);
  const { drafts } = reading;
  if (drafts.length === 0) throw invalid('text', `there is no camera in it (read as ${reading.format})`);
  if (drafts.length > MAX_IMPORTED) {
    throw invalid('text', `has ${drafts.length} cameras; at most ${MAX_IMPORTED} at once: split it`);
  }
  return reading;
}

function readAs(text: string, format: ImportFormat | undefined): Reading {
  if (text.includes('\0')) throw invalid('text', 'is no text');
  if (format === 'csv' || (format === undefined && looksLikeCsv(text))) return readCsv(text);
  const root = readYaml(text);
  return READERS[format ?? programOf(root)](root);
}
