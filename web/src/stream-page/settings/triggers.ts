/** Events around which a stream can be recorded, as the interface names them. */
export const TRIGGERS = ['detection.started', 'camera.notice', 'alert.opened'] as const;
