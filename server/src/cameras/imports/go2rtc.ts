import type { ImportFinding } from '@nightjar/contract/platform';
import { type Address, readAddress } from './address.ts';
import { type Draft, failure, info, type Reading } from './draft.ts';
import { mapAt, textAt, type Yaml, YamlMap } from './yaml.ts';

/** The sources of one stream: a text, a list of texts, or of maps with `url`. */
export function sourcesOf(value: Yaml | undefined): string[] {
  const list = Array.isArray(value) ? value : [value ?? null];
  return list.flatMap((item) => {
    if (typeof item === 'string') return [item];
    const url = textAt(item ?? undefined, 'url');
    return url === undefined ? [] : [url];
  });
}

/** The first source that is a camera's; the others are named. `names` are the streams of the same file. */
export function firstAddress(sources: readonly string[], names: ReadonlySet<string>): Address {
  const others: ImportFinding[] = [];
  let failed: Address | undefined;
  const own = sources.filter((text) => !names.has(/^ffmpeg:([^#]*)/i.exec(text)?.[1] ?? ''));
  for (const [at, text] of own.entries()) {
    const address = readAddress(text);
    if (address.url === undefined) {
      failed ??= address;
      continue;
    }
    const rest = own.length - at - 1;
    if (rest > 0) others.push(info('source_url', `${rest} further sources are left out: a camera has one`));
    return { url: address.url, findings: [...address.findings, ...others] };
  }
  return failed ?? { findings: [failure('source_url', 'there is no address of a camera')] };
}

/** Reads `streams` of go2rtc. */
export function readGo2rtc(root: Yaml): Reading {
  const streams = mapAt(root, 'streams');
  const names = new Set(streams.keys());
  const drafts = [...streams].map(([name, value]): Draft => {
    const base = { line: streams.lines.get(name), id: name, name, recording: false, active: true };
    const sources = sourcesOf(value);
    if (sources.length === 0 && value === null) {
      return {
        ...base,
        findings: [info('source_url', 'it has no source: it is waited for at its rtmp_url')],
      };
    }
    const { url, findings } = firstAddress(sources, names);
    // Connected only while somebody watches is what go2rtc does with all of them.
    return { ...base, sourceUrl: url, onDemand: true, findings };
  });
  const ignored = root instanceof YamlMap ? [...root.keys()].filter((key) => key !== 'streams') : [];
  const findings = ignored.length > 0 ? [info(null, `left out: ${shortList(ignored)}`)] : [];
  return { format: 'go2rtc', drafts, findings };
}

/** Some words of a file, cut to what a person reads. */
export const shortList = (words: readonly string[]): string => {
  const shown = words.slice(0, 8).map((word) => word.slice(0, 40));
  return shown.join(', ') + (words.length > shown.length ? ', …' : '');
};
