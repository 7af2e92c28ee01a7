export { mayShowKept } from './kept-pictures.ts';
export { Originals } from './originals.ts';
export { keepAddresses, type OtherAddress, otherAddress } from './other-address.ts';
export { Outputs } from './outputs.ts';
export { type Blurred, Privacy } from './privacy.ts';
