import { type Address, readAddress } from './address.ts';
import { type Draft, failure, info, type Reading } from './draft.ts';
import { firstAddress, sourcesOf } from './go2rtc.ts';
import { mapAt, switchAt, textAt, type Yaml, YamlMap } from './yaml.ts';

interface Input {
  path: string;
  roles: readonly string[];
}

const ORDER = ['record', 'detect', 'audio'];
/** Frigate's own go2rtc, as its documents write it. */
const RESTREAM = /^rtsp:\/\/(?:127\.0\.0\.1|localhost):8554\/([^/?#]+)/i;

function inputsOf(camera: Yaml): Input[] {
  const ffmpeg = camera instanceof YamlMap ? mapAt(camera, 'ffmpeg') : new YamlMap();
  const inputs = ffmpeg.get('inputs');
  return (Array.isArray(inputs) ? inputs : []).flatMap((input) => {
    const path = textAt(input, 'path');
    const roles = input instanceof YamlMap ? input.get('roles') : undefined;
    const words = Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : ['detect'];
    return path === undefined ? [] : [{ path, roles: words }];
  });
}

/** What is recorded before what is looked at for detections: the one is the whole picture. */
const rankOf = ({ roles }: Input): number => {
  const ranks = roles.map((role) => ORDER.indexOf(role)).filter((rank) => rank >= 0);
  return Math.min(ORDER.length, ...ranks);
};

function addressOf(camera: Yaml, restreams: YamlMap): Address {
  const inputs = inputsOf(camera).toSorted((one, other) => rankOf(one) - rankOf(other));
  const [best] = inputs;
  if (!best) return { findings: [failure('source_url', 'it has no input')] };
  const name = RESTREAM.exec(best.path)?.[1];
  const found =
    name !== undefined && restreams.has(name)
      ? firstAddress(sourcesOf(restreams.get(name)), new Set(restreams.keys()))
      : readAddress(best.path);
  const rest = inputs.length - 1;
  if (rest === 0 || found.url === undefined) return found;
  const roles = best.roles.join(', ').slice(0, 60);
  return {
    url: found.url,
    findings: [...found.findings, info('source_url', `the input for ${roles} is taken; ${rest} left out`)],
  };
}

/** Reads `cameras` of Frigate; its own restreams are followed to the cameras behind them. */
export function readFrigate(root: Yaml): Reading {
  const cameras = mapAt(root, 'cameras');
  const restreams = mapAt(mapAt(root, 'go2rtc'), 'streams');
  const recording = switchAt(mapAt(root, 'record'), 'enabled') ?? false;
  const drafts = [...cameras].map(([id, camera]): Draft => {
    const { url, findings } = addressOf(camera, restreams);
    if (camera instanceof YamlMap && camera.has('onvif')) {
      findings.push(info('onvif', 'its ONVIF account is set on the camera’s page'));
    }
    return {
      line: cameras.lines.get(id),
      id,
      name: textAt(camera, 'friendly_name') ?? id,
      sourceUrl: url,
      recording: switchAt(mapAt(camera, 'record'), 'enabled') ?? recording,
      active: switchAt(camera, 'enabled') ?? true,
      findings,
    };
  });
  const findings = [info(null, 'cameras alone are imported: no zones, masks, detectors or retention')];
  return { format: 'frigate', drafts, findings };
}
