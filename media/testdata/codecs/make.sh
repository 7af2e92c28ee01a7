#!/bin/sh
# Makes the elementary streams that the codec tests read. Needs ffmpeg with libx265 and GStreamer with
# jpegenc (libjpeg). Committed; run again only when a test needs another stream.
#
#   main.h265    320x240, 25 frames, 3 slices a picture, B-frames with a pyramid, a closed GOP of 10
#   resize.h265  two sequences of 5 frames with the same parameter set ids, 320x240 and then 160x120
#   q30.jpg      160x120, 4:2:0, quantized with quality 30 of libjpeg
#   q75.jpg      160x120, 4:2:2, quality 75
#   restart.jpg  160x120, 4:2:0, a restart marker every 10 MCUs
#   tone.aac     a sweep, AAC-LC, 16 kHz mono, 24 kbit/s, 1 s, ADTS
#   tone.latm    the same access units as LOAS, a StreamMuxConfig before each eighth
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

h265() {
  size=$1 frames=$2 out=$3 params=$4
  ffmpeg -v error -y -f lavfi -i "testsrc2=s=$size:r=25" -frames:v "$frames" -pix_fmt yuv420p \
    -c:v libx265 -preset ultrafast -crf 34 -x265-params "log-level=none:info=0:repeat-headers=1:$params" -f hevc "$out"
}

h265 320x240 25 main.h265 "slices=3:bframes=3:b-pyramid=1:keyint=10:min-keyint=10:open-gop=0:aud=1:hash=1"
h265 320x240 5 "$work/large.h265" "bframes=0:keyint=5"
h265 160x120 5 "$work/small.h265" "bframes=0:keyint=5"
cat "$work/large.h265" "$work/small.h265" >resize.h265

jpeg() {
  gst-launch-1.0 -q videotestsrc num-buffers=1 ! "video/x-raw,format=$1,width=160,height=120" ! \
    jpegenc quality="$2" ! filesink location="$3"
}

jpeg I420 30 q30.jpg
jpeg Y42B 75 q75.jpg
ffmpeg -v error -y -f lavfi -i testsrc2=s=160x120 -frames:v 1 -c:v mjpeg -huffman default -pix_fmt yuvj420p \
  -slices 4 -threads 4 -thread_type slice restart.jpg

ffmpeg -v error -y -f lavfi -i 'aevalsrc=0.5*sin(2*PI*(200+900*t)*t):s=16000:d=1' -c:a aac -b:a 24k -f adts tone.aac
ffmpeg -v error -y -i tone.aac -c copy -f latm -smc-interval 8 tone.latm
