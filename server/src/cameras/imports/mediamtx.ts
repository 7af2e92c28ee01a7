import type { ImportFinding } from '@nightjar/contract/platform';
import { readAddress, withLogin } from './address.ts';
import { type Draft, failure, info, type Reading, warning } from './draft.ts';
import { shortList } from './go2rtc.ts';
import { mapAt, switchAt, textAt, type Yaml, YamlMap } from './yaml.ts';

const TRANSPORTS: Readonly<Record<string, 'tcp' | 'udp'>> = { tcp: 'tcp', udp: 'udp', multicast: 'udp' };
/** Settings that run programs or that have no counterpart here. */
const LEFT_OUT = /^(runOn|srt|rpi|fallback|alwaysAvailable|overridePublisher|maxReaders|record(?!$))/;

/** A path, with what its defaults say where it is silent. */
function settingsOf(defaults: YamlMap, own: Yaml): YamlMap {
  const all = new YamlMap(defaults);
  if (own instanceof YamlMap) for (const [key, value] of own) all.set(key, value);
  return all;
}

function sourceOf(all: YamlMap): { url?: string; findings: ImportFinding[] } {
  const source = textAt(all, 'source') ?? 'publisher';
  if (source === 'publisher') return { findings: [info('source_url', 'it is pushed: it gets a new key')] };
  if (source === 'redirect' || source === 'rpiCamera') {
    return { findings: [failure('source_url', `${source} is no address of a camera`)] };
  }
  const { url, findings } = readAddress(source);
  if (url === undefined) return { findings };
  return { url: withLogin(url, textAt(all, 'sourceUser'), textAt(all, 'sourcePass')), findings };
}

function draftOf(name: string, line: number | undefined, all: YamlMap): Draft {
  const { url, findings } = sourceOf(all);
  const left = [...all.keys()].filter((key) => LEFT_OUT.test(key));
  if (left.length > 0) findings.push(warning(null, `left out: ${shortList(left)}`));
  if (textAt(all, 'sourceFingerprint')) {
    findings.push(info('tls', 'the certificate is accepted anew, at the first connection'));
  }
  return {
    line,
    id: name.replaceAll('/', '-'),
    name,
    sourceUrl: url,
    transport: TRANSPORTS[textAt(all, 'rtspTransport') ?? textAt(all, 'sourceProtocol') ?? ''],
    onDemand: switchAt(all, 'sourceOnDemand'),
    recording: switchAt(all, 'record') ?? false,
    active: true,
    findings,
  };
}

/** Reads `paths` of MediaMTX, with `pathDefaults`. */
export function readMediamtx(root: Yaml): Reading {
  const paths = mapAt(root, 'paths');
  const defaults = mapAt(root, 'pathDefaults');
  const isPattern = (name: string) => name.startsWith('~') || name === 'all' || name === 'all_others';
  const patterns = [...paths.keys()].filter(isPattern);
  const findings =
    patterns.length > 0
      ? [info(null, `left out, for they are no cameras but rules for names: ${shortList(patterns)}`)]
      : [];
  const drafts = [...paths]
    .filter(([name]) => !isPattern(name))
    .map(([name, own]) => draftOf(name, paths.lines.get(name), settingsOf(defaults, own)));
  return { format: 'mediamtx', drafts, findings };
}
