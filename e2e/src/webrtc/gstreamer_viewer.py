"""Watches by WHEP with GStreamer's webrtcbin. Decodes what comes.

Usage: gstreamer_viewer.py URL TOKEN. Says how many pictures it has, every 25. Ends when its standard input does.
"""

import sys

sys.dont_write_bytecode = True
from gstreamer_peer import Gst, GstWebRTC, Peer, run  # noqa: E402

CAPS = "application/x-rtp,media=video,encoding-name=H264,payload=100,clock-rate=90000,packetization-mode=(string)1"
DECODE = "rtph264depay ! h264parse ! avdec_h264 ! fakesink name=sink signal-handoffs=true sync=false"


class Viewer(Peer):
    def __init__(self, url, token):
        pipeline = Gst.Pipeline.new("viewer")
        peer = Gst.ElementFactory.make("webrtcbin", "peer")
        peer.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        pipeline.add(peer)
        super().__init__(url, token, pipeline, peer)
        self.pictures = 0
        self.peer.connect("pad-added", self.on_pad)

    def start(self):
        super().start()
        caps = Gst.Caps.from_string(CAPS)
        direction = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
        self.transceiver = self.peer.emit("add-transceiver", direction, caps)
        self.transceiver.set_property("do-nack", True)
        self.offer()

    def on_pad(self, _peer, pad):
        decoder = Gst.parse_bin_from_description(DECODE, True)
        decoder.get_by_name("sink").connect("handoff", self.on_picture)
        self.pipeline.add(decoder)
        decoder.sync_state_with_parent()
        pad.link(decoder.get_static_pad("sink"))

    def on_picture(self, *_):
        self.pictures += 1
        if self.pictures % 25 == 0:
            print("pictures", self.pictures, flush=True)


run(Viewer)
