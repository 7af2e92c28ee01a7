import { type Camera, ImportDone, ImportPlan } from '@nightjar/contract/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from '../../testing/index.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
  await server.expect(201, 'POST', '/api/v1/cameras', {
    ...{ id: 'hall', name: 'Hall', serial_number: 'SN-1', source_url: 'rtsp://a:b@10.0.0.9/main' },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const planned = async (text: string, more: object = {}) =>
  ImportPlan.parse(await server.expect(200, 'POST', '/api/v1/camera-imports/plan', { text, ...more }));
const brief = ({ entries }: ImportPlan) =>
  entries.map(({ action, id, name, source_url }) => [action, id, name, source_url]);
const findings = ({ entries }: ImportPlan) =>
  entries.map((entry) => entry.findings.map(({ level, field, message }) => `${level} ${field}: ${message}`));

const GO2RTC = `
api: {listen: ":1984"}
streams:
  door: rtsp://admin:Canary-go-2@10.0.0.1:554/h264#backchannel=0
  yard:
    - rtspx://10.0.0.2:322/s0
    - ffmpeg:yard#audio=opus
  lane: [{url: "ffmpeg:rtsp://10.0.0.3/x#video=h264"}, "rtsp://10.0.0.3/sub"]
  bad: exec:ffmpeg -i /etc/passwd -f rtsp {output}
  variable: rtsp://u:\${PASS}@10.0.0.4/x
  later:
`;
const MEDIAMTX = `
pathDefaults: {record: yes}
paths:
  cam/one:
    source: rtsp://10.0.1.1/a
    rtspTransport: tcp
    sourceOnDemand: yes
  two: {source: publisher, record: no, runOnReady: "curl http://x/"}
  three: {source: rpiCamera}
  all_others:
  "~^live/.*$": {}
`;
const FRIGATE = `
mqtt: {host: 10.0.0.200, password: Canary-mqtt}
record: {enabled: true}
go2rtc:
  streams:
    gate: ["rtsp://u:Canary-frig@10.0.2.1/main", "ffmpeg:gate#audio=opus"]
base: &base {enabled: false}
cameras:
  gate:
    friendly_name: The gate
    ffmpeg:
      inputs:
        - {path: "rtsp://10.0.2.1/sub", roles: [detect]}
        - {path: "rtsp://127.0.0.1:8554/gate", input_args: preset-rtsp-restream, roles: [record]}
    onvif: {host: 10.0.2.1, user: u, password: Canary-onvif}
  shed:
    <<: *base
    record: {enabled: false}
    ffmpeg: {inputs: [{path: "rtsp://{FRIGATE_USER}:{FRIGATE_PASS}@10.0.2.2/x", roles: [detect, record]}]}
`;
const CSV = `\uFEFFName;RTSP URL;User;Password;Serial;Location;Record;Colour
"Front; ""main""\ndoor";rtsp://10.0.3.1/x;admin;Canary/csv;SN-3;Entrance;yes;red
마당;rtsp://10.0.3.2/x;;;;;perhaps;
;;;;;;;
No name,;;;;;;;
`;

describe('a file is read', () => {
  test('of go2rtc', async () => {
    const plan = await planned(GO2RTC);
    expect(plan.format).toBe('go2rtc');
    expect(brief(plan)).toEqual([
      ['create', 'door', 'door', 'rtsp://***:***@10.0.0.1:554/h264'],
      ['create', 'yard', 'yard', 'rtsps://10.0.0.2:322/s0'],
      ['create', 'lane', 'lane', 'rtsp://10.0.0.3/x'],
      ['skip', 'bad', 'bad', null],
      ['skip', 'variable', 'variable', null],
      ['create', 'later', 'later', null],
    ]);
    expect(plan.entries.map(({ line }) => line)).toEqual([4, 5, 8, 9, 10, 11]);
    expect(findings(plan)[2]).toEqual([
      expect.stringMatching(/^warning source_url: FFmpeg/),
      expect.stringMatching(/^info source_url: 1 further/),
    ]);
    expect(findings(plan)[3]).toEqual([expect.stringMatching(/^error source_url: it is a program/)]);
  });

  test('of MediaMTX, with its defaults', async () => {
    const plan = await planned(MEDIAMTX);
    expect(brief(plan)).toEqual([
      ['create', 'cam-one', 'cam/one', 'rtsp://10.0.1.1/a'],
      ['create', 'two', 'two', null],
      ['skip', 'three', 'three', null],
    ]);
    expect(plan.entries[0]).toMatchObject({ transport: 'tcp', on_demand: true, recording: true, line: 4 });
    expect(plan.entries[1]).toMatchObject({ recording: false, on_demand: false });
    expect(findings(plan)[1]).toContain('warning null: left out: runOnReady');
    expect(plan.findings[0]?.message).toContain('all_others, ~^live/.*$');
  });

  test('of Frigate, through its restreams to the cameras', async () => {
    const plan = await planned(FRIGATE);
    expect(brief(plan)).toEqual([
      ['create', 'gate', 'The gate', 'rtsp://***:***@10.0.2.1/main'],
      ['skip', 'shed', 'shed', null],
    ]);
    expect(plan.entries.map(({ recording, is_active }) => [recording, is_active])).toEqual([
      [true, true],
      [false, false],
    ]);
    expect(findings(plan)[1]).toEqual([expect.stringMatching(/holds a variable/)]);
  });

  test('of CSV, as spreadsheets write it', async () => {
    const plan = await planned(CSV);
    expect(brief(plan)).toEqual([
      ['create', null, 'Front; "main"\ndoor', 'rtsp://***:***@10.0.3.1/x'],
      ['create', null, '마당', 'rtsp://10.0.3.2/x'],
      ['skip', null, '', null],
      ['create', null, 'No name,', null],
    ]);
    expect(plan.entries[0]).toMatchObject({ serial_number: 'SN-3', location: 'Entrance', recording: true });
    expect(findings(plan)[1]).toEqual([expect.stringMatching(/^warning recording: is neither yes nor no/)]);
    expect(plan.findings[0]?.message).toBe('columns left out: Colour');
  });
});

test('what is there already, or stands twice, is skipped and named', async () => {
  const rows = [
    'id,name,serial_number,source_url',
    'hall,Other,,rtsp://10.0.0.50/x',
    'new1,Same serial,SN-1,rtsp://10.0.0.51/x',
    'new2,Same place,,RTSP://x:y@10.0.0.9/main',
    'new3,First,,rtsp://10.0.0.52/x',
    'new3,Again,,rtsp://10.0.0.53/x',
    'new4,Third,,rtsp://10.0.0.52/x',
  ];
  const { entries, totals } = await planned(rows.join('\n'));
  expect(entries.map(({ action, collision }) => [action, collision?.field, collision?.camera_id])).toEqual([
    ['skip', 'id', 'hall'],
    ['skip', 'serial_number', 'hall'],
    ['skip', 'source_url', 'hall'],
    ['create', undefined, undefined],
    ['skip', 'id', null],
    ['skip', 'source_url', null],
  ]);
  expect(totals).toEqual({ create: 1, skip: 5 });
});

test('addresses that no camera may have are refused by the plan', async () => {
  const { entries } = await planned(
    'name,url\na,rtsp://127.0.0.1/x\nb,http://169.254.169.254/\nc,file:///etc/x\n',
  );
  expect(entries.map(({ action }) => action)).toEqual(['skip', 'skip', 'skip']);
});

describe('a plan', () => {
  const text =
    'id,name,source_url\nimp-a,A,rtsp://u:Canary-apply@10.0.4.1/x\nimp-b,B,rtsp://10.0.4.2/x\nimp-c,C,\n';

  test('is carried out as far as it is wanted, once', async () => {
    const { digest, entries } = await planned(text, { recording: true });
    const body = { text, digest, recording: true, only: [entries[0]?.key, entries[2]?.key] };
    const done = ImportDone.parse(await server.expect(200, 'POST', '/api/v1/camera-imports', body));
    expect(done.created.map(({ camera_id }) => camera_id)).toEqual(['imp-a', 'imp-c']);
    expect(done).toMatchObject({ refused: [], skipped: 1 });
    const camera = await server.expect<Camera>(200, 'GET', '/api/v1/cameras/imp-a');
    expect(camera).toMatchObject({ name: 'A', recording: true });
    // It is there now: the same plan is another one.
    const again = await server.call('POST', '/api/v1/camera-imports', body);
    expect(again.body).toMatchObject({ statusCode: 409, error: 'Conflict' });
  });

  test('keeps how the file connects', async () => {
    const { digest } = await planned(MEDIAMTX);
    await server.expect(200, 'POST', '/api/v1/camera-imports', { text: MEDIAMTX, digest });
    const made = await server.expect(200, 'GET', '/api/streams/cam-one');
    expect(made).toMatchObject({ on_demand: { enabled: true }, transport: 'tcp' });
  });

  test('shows no secret, and neither does anything else', async () => {
    const texts = await Promise.all(
      [GO2RTC, FRIGATE, CSV, text].map(async (each) => JSON.stringify(await planned(each))),
    );
    const audit = await server.call('GET', '/api/v1/audit-logs?limit=500');
    const all = [...texts, audit.text, server.logged.join('\n'), await server.stored()].join('\n');
    expect(all).not.toContain('Canary');
  });
});

test.each([
  ['nothing of ours', 'hello: world', /neither CSV nor/],
  ['no YAML', 'streams: {a: [', /line 1: this is no YAML/],
  ['no cameras', 'streams: {}', /no camera in it/],
  ['no CSV', 'name,url\n"a,b\n', /this is no CSV/],
  ['CSV without names', 'id,location\na,b\n', /must name columns/],
  ['bytes', 'name,url\n\u0000', /is no text/],
  ['too many', `name\n${'x\n'.repeat(501)}`, /has 501 cameras; at most 500/],
])('a text that is %s is refused with the reason', async (_what, text, message) => {
  const answer = await server.call('POST', '/api/v1/camera-imports/plan', { text });
  expect(answer.body).toMatchObject({ statusCode: 400, message: expect.stringMatching(message) });
});
