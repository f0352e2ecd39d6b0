"""What a worker goes through once before it has a call, so that its caller waits for less.

It shares its memory with the nursery until it writes to it: each page is then copied, hundreds of them on the way from
an INVITE to its 200 (Python counts references in them). Here they are copied while nobody waits. Nothing is told to
anybody, nothing is sent but to the worker itself, and nothing is left of it.
"""

from ivr.facts import CALLER, Arrived
from telephony.link.wire import encode_fact, to_line
from telephony.worker.conversation import Conversation
from telephony.worker.engine import Account, Engine, call_param
from telephony.worker.legs.codecs import narrowed
from telephony.worker.legs.leg import Leg
from telephony.worker.legs.requests import read_invite
from telephony.worker.legs.security import Security
from telephony.worker.surroundings import Surroundings

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 8 0 9 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:9 G722/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
)
INVITE = (
    "INVITE sip:12348@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1\r\n"
    "From: <sip:13900000000@127.0.0.1>;tag=1\r\nTo: <sip:12348@127.0.0.1>\r\nCall-ID: rehearsal\r\nCSeq: 1 INVITE\r\n"
    "Contact: <sip:13900000000@127.0.0.1:5060>\r\nMax-Forwards: 70\r\nX-Hotline-Trunk: rehearsal\r\n"
    f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n{SDP}"
)


def rehearse(engine: Engine, account: Account, security: Security, around: Surroundings) -> None:
    """Take an INVITE apart, make a conversation and a leg of it as far as that goes without a call, and forget both."""
    invite = read_invite(INVITE)
    security.refusal(invite.trunk, INVITE)
    narrowed(SDP, SDP, account.codecs)
    to_line(encode_fact(Arrived("rehearsal", invite.caller, invite.called, invite.trunk, invite.reference)))
    conversation = Conversation(engine, account, around, "rehearsal")
    Leg(account, CALLER, conversation)
    call_param(200)
    engine.greet()
