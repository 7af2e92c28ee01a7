#!/bin/sh
# Makes the clips the synthetic camera loops (media/src/testing). Needs ffmpeg with libx264, and npm install done.
#
#   make-clips.sh               yard and door, beside this script: 60 s, 1280x720, 25 frames/s. Committed; run
#                               again only when a scene in media/src/testing/draw changes.
#   make-clips.sh bench OUTDIR  full (1920x1080, 30 frames/s, 4 Mbit/s), half (1280x720, 30 frames/s, 2 Mbit/s) and
#                               sub (640x360, 15 frames/s, 0.5 Mbit/s), 10 s each, with noise so that the encoder spends the whole rate.
#
# A clip is two files. NAME.h264: Annex B, High profile, no B-frames, a closed GOP of 2 s, an access unit
# delimiter before every picture, SPS and PPS before every key picture. Its length divides a minute, so the
# burned-in clock can stay equal to UTC for ever. NAME.aac: ADTS, AAC-LC, 48 kHz mono, 64 kbit/s, 375 frames of
# 1024 samples = 8 s, the shortest whole number of frames that is a whole number of seconds: it loops on its own
# sample clock and its tick stays on the full second. It is cut from the middle of a longer encoding, one frame
# late, to take out the encoder's delay of 1024 samples: the loop has no seam.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
PATH="$root/node_modules/.bin:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v ffmpeg >/dev/null || { echo "make-clips.sh needs ffmpeg" >&2; exit 1; }

# video SCENE FPS SECONDS OUT FILTER ENCODER-OPTIONS...
video() {
  scene=$1 fps=$2 seconds=$3 out=$4 filter=$5
  shift 5
  node "$root/media/src/testing/draw/main.ts" "$scene" "$fps" "$seconds" |
    ffmpeg -v error -y -f rawvideo -pix_fmt rgb24 -s 1280x720 -r "$fps" -i - \
      -vf "${filter}scale=out_color_matrix=bt709:out_range=tv,format=yuv420p" \
      -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv \
      -c:v libx264 -profile:v high -bf 0 -g $((fps * 2)) "$@" \
      -x264-params "aud=1:repeat-headers=1:scenecut=0:keyint=$((fps * 2)):min-keyint=$((fps * 2)):open-gop=0:force-cfr=1" \
      -bsf:v filter_units=remove_types=6 -f h264 "$out"
}

# sound TONE_HZ TICK_HZ OUT: a soft chord that breathes once in 8 s and a tick of 50 ms at each full second
sound() {
  edge="min(1\,min(mod(n\,48000)/96\,(2400-mod(n\,48000))/96))"
  tick="0.4*sin(2*PI*$2*mod(n\,48000)/48000)*lt(mod(n\,48000)\,2400)*$edge"
  tone="(0.03+0.015*sin(2*PI*t/8))*(sin(2*PI*$1*t)+0.6*sin(2*PI*$1*1.5*t)+0.4*sin(2*PI*$1*2*t))"
  ffmpeg -v error -y -f lavfi -i "aevalsrc=$tick+$tone:s=48000:d=25" -c:a aac -b:a 64k -ac 1 -f adts "$work/long.aac"
  node "$root/media/src/testing/draw/cut-adts.ts" "$work/long.aac" "$3" 376 375
}

if [ "${1:-}" = bench ]; then
  dir=${2:?usage: make-clips.sh bench OUTDIR}
  mkdir -p "$dir"
  video yard 30 10 "$dir/full.h264" "scale=1920:1080,noise=alls=14:allf=t," -preset veryfast \
    -b:v 4M -minrate 4M -maxrate 4M -bufsize 4M
  video yard 30 10 "$dir/half.h264" "noise=alls=14:allf=t," -preset veryfast \
    -b:v 2M -minrate 2M -maxrate 2M -bufsize 2M
  video yard 15 10 "$dir/sub.h264" "scale=640:360,noise=alls=14:allf=t," -preset veryfast \
    -b:v 500k -minrate 500k -maxrate 500k -bufsize 500k
  sound 220 1000 "$dir/full.aac"
  cp "$dir/full.aac" "$dir/sub.aac"
else
  video yard 25 60 "$here/yard.h264" "" -preset veryslow -tune animation -crf 24 -refs 3 -level:v 3.1
  video door 25 60 "$here/door.h264" "" -preset veryslow -tune animation -crf 24 -refs 3 -level:v 3.1
  sound 220 1000 "$here/yard.aac"
  sound 262 1320 "$here/door.aac"
fi
