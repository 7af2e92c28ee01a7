export { mayShowKept } from './kept-pictures.ts';
export { keepAddresses, type OtherAddress, otherAddress } from './other-address.ts';
export { type Blurred, Privacy } from './privacy.ts';
