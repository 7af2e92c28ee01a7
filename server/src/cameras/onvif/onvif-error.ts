/** Why a device could not be asked, in words for people; never a credential. */
export const ONVIF_FAULTS = {
  unreachable: 'The device cannot be reached on this port',
  denied: 'The address may not be reached',
  timeout: 'The device did not answer in time',
  not_onvif: 'What answers on this port does not speak ONVIF',
  unauthorized:
    'The device did not accept the account; many keep a separate one for ONVIF, to be made in their settings',
  unsupported: 'The device cannot do this',
  failed: 'The device refused the request',
} as const;

export type OnvifFault = keyof typeof ONVIF_FAULTS;

export class OnvifError extends Error {
  override readonly name = 'OnvifError';
  readonly fault: OnvifFault;

  constructor(fault: OnvifFault, message: string = ONVIF_FAULTS[fault], options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
