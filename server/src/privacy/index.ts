export { mayShowKept } from './kept-pictures.ts';
export { keepAddresses, type OtherAddress, otherAddress } from './other-address.ts';
export { Outputs } from './outputs.ts';
export { type Blurred, Privacy } from './privacy.ts';
