"""What proves to a carrier who we are: for the one that asked alone, and for the Request-URI that it sees. Pure.

A worker's PJSIP answers the challenge for the URI it dialled, which is not the one that goes out; a carrier that
compares them refuses the call (RFC 7616 §3.4.6). So the answer is made anew here, with the account of the settings.
"""

from config.trunks import Account
from telephony.edge.sip.digest import ALGORITHMS, unquote
from telephony.edge.sip.digest_client import Challenge, answer_to
from telephony.edge.sip.message import Request
from telephony.edge.sip.uri import parse_params, split_list

PROOFS = ("Authorization", "Proxy-Authorization")


def prove(sent: Request, account: Account | None, realm: str) -> None:
    """Leave in `sent`, which is to go out, the answer for `realm` alone; none at all with an empty one."""
    headers = []
    for name, value in sent.headers:
        if name not in PROOFS:
            headers.append((name, value))
        elif realm and f'realm="{realm}"' in value:
            headers.append((name, _anew(name, value, sent, account)))
    sent.headers = headers


def _anew(name: str, value: str, sent: Request, account: Account | None) -> str:
    """The same answer for the Request-URI of `sent`; as it is where it is not one of `account`'s."""
    scheme, _, rest = value.strip().partition(" ")
    params = {key: unquote(given or "") for key, given in parse_params(";".join(split_list(rest))).items()}
    algorithm = params.get("algorithm", "MD5").upper()
    if account is None or scheme.lower() != "digest" or algorithm not in ALGORITHMS or not params.get("nonce"):
        return value
    if params.get("username") != account.user:
        return value
    qop = "qop" in params
    made_of = (params["realm"], params["nonce"], algorithm, params.get("opaque"), qop, False, name == PROOFS[1])
    password, asked = account.password.get_secret_value(), (sent.method, sent.uri)
    count = params.get("nc") or "00000001"
    return answer_to(Challenge(*made_of), account.user, password, asked, params.get("cnonce", ""), count)[1]
