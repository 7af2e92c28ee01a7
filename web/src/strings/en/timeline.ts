/** Recorded footage on a scale of time. */
export const timeline = {
  timeline: {
    cursor: 'Moment on the timeline',
    track: (id: string, percent: number) => `${id}: ${percent}% of this time recorded`,
    gapAt: (reason: string, from: string, to: string) => `${reason} · ${from} – ${to}`,
    gap: {
      camera_lost: 'The camera was lost',
      stopped: 'Recording was off',
      engine_killed: 'Nightjar was killed',
      shutdown: 'Nightjar was not running',
      storage: 'The disk was full or failed',
      format_changed: 'The camera changed its format',
      unknown: 'Not recorded',
    },
    noFootage: (reason: string) => `No footage here: ${reason}`,
    noCameras: 'There are no recordings that you may see.',
    chooseCameras: 'Choose the cameras to look at.',
    cameras: (count: number) => (count === 1 ? '1 camera' : `${count} cameras`),
    goTo: 'Go to date and time',
    shown: 'Shown at once',
    spans: { day: '1 day', hours: '6 hours', hour: '1 hour', tenMinutes: '10 minutes', minute: '1 minute' },
    zoomIn: 'Zoom in (+)',
    zoomOut: 'Zoom out (-)',
    chooseRange: 'Choose a part',
    startHere: 'Start here',
    endHere: 'End here',
    clearRange: 'Choose no part',
    protect: 'Keep from deletion',
    protectedFiles: (count: number) =>
      count === 1 ? '1 file is kept from deletion.' : `${count} files are kept from deletion.`,
    openIn: 'Open in the timeline',
  },
};
