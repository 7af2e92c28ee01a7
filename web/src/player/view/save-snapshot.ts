/** Saves the picture as it is shown as a JPEG, named after the stream and the moment. */
export function saveSnapshot(video: HTMLVideoElement, streamId: string): void {
  if (video.videoWidth === 0) return;
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  const moment = new Date().toISOString().replaceAll(':', '-').slice(0, 19);
  canvas.toBlob(
    (blob) => {
      if (blob === null) return;
      const link = document.createElement('a');
      link.href = URL.createObjectURL(blob);
      link.download = `${streamId}_${moment}.jpg`;
      link.click();
      URL.revokeObjectURL(link.href);
    },
    'image/jpeg',
    0.92,
  );
}
