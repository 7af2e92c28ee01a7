"""Publishes a test picture and tone by WHIP with GStreamer's webrtcbin.

Usage: gstreamer_publisher.py URL KEY. Makes no key frame unless asked. Ends when its standard input does.
"""

import sys

sys.dont_write_bytecode = True
from gstreamer_peer import Gst, GstWebRTC, Peer, run  # noqa: E402

PIPELINE = """
webrtcbin name=peer bundle-policy=max-bundle
videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=25/1
  ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10000 bitrate=1000
  ! h264parse ! rtph264pay config-interval=-1 aggregate-mode=zero-latency
  ! application/x-rtp,media=video,encoding-name=H264,payload=100 ! peer.
audiotestsrc is-live=true wave=ticks ! audioconvert ! audioresample ! opusenc ! rtpopuspay
  ! application/x-rtp,media=audio,encoding-name=OPUS,payload=101 ! peer.
"""


class Publisher(Peer):
    def __init__(self, url, key):
        pipeline = Gst.parse_launch(PIPELINE)
        super().__init__(url, key, pipeline, pipeline.get_by_name("peer"))
        self.peer.connect("on-negotiation-needed", self.on_negotiation_needed)

    def on_negotiation_needed(self, _peer):
        for index in range(2):
            transceiver = self.peer.emit("get-transceiver", index)
            transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
            # Retransmission, so that lost packets can be repaired.
            transceiver.set_property("do-nack", index == 0)
        self.offer()


run(Publisher)
