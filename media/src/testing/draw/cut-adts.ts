import { readFileSync, writeFileSync } from 'node:fs';

const USAGE = 'usage: node media/src/testing/draw/cut-adts.ts IN.aac OUT.aac FIRST_FRAME FRAMES';
const [input, output, first, count] = process.argv.slice(2);
if (!input || !output || !(Number(first) >= 0) || !(Number(count) > 0)) throw new Error(USAGE);

const bytes = readFileSync(input);
const starts: number[] = [];
let at = 0;
while (at + 7 <= bytes.length) {
  if (bytes.readUInt16BE(at) >> 4 !== 0xfff) throw new Error(`${input}: no ADTS frame at byte ${at}`);
  starts.push(at);
  at += (bytes.readUIntBE(at + 3, 3) >> 5) & 0x1fff;
}
starts.push(at);
const [from, to] = [starts[Number(first)], starts[Number(first) + Number(count)]];
if (from === undefined || to === undefined) throw new Error(`${input}: only ${starts.length - 1} frames`);
writeFileSync(output, bytes.subarray(from, to));
