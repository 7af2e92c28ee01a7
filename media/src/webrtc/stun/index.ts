export { type IpEndpoint, readXorAddress, writeXorAddress } from './address.ts';
export { answerBinding, type BindingAnswer, type BindingRequest, bindingRequest } from './binding.ts';
export { ATTRIBUTE, BINDING, readStun, type StunMessage, writeStun } from './message.ts';
