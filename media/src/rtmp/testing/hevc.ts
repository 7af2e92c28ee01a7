import { h265Format } from '../../codecs/index.ts';
import { units } from './film.ts';

const vps = Buffer.from('40010c01ffff01600000030000030000030000030078959809', 'hex');
const sps = Buffer.from(
  '42010101600000030000030000030000030078a003c08010e596565924caf01680800000030080000019420',
  'hex',
);
const pps = Buffer.from('4401c172b46240', 'hex');
const idr = Buffer.from('2601af5a5a5a5a', 'hex');
const { record } = h265Format([vps, sps, pps]);

/** One key frame of H.265, the record of its parameter sets, and both as messages under the name of `hvc1`. */
export const hevc = {
  record,
  picture: units(idr),
  configMessage: Buffer.concat([Buffer.from('90', 'hex'), Buffer.from('hvc1'), record]),
  frameMessage: Buffer.concat([Buffer.from('93', 'hex'), Buffer.from('hvc1'), units(idr)]),
};
