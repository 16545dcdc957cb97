"""PostgreSQL's protocol, version 3, as far as a proxy and a small client need it."""

import re
import struct

PROTOCOL = 196608
# TLS, GSS encryption, cancellation: the first message of a connection without a type.
REQUESTS = {80877103: "tls", 80877104: "gss", 80877102: "cancel"}
CALL = re.compile(rb"\bFROM\s+(\w+)\(|SELECT\s+(\w+)\(")
# Each of them commits by itself.
WRITES = {"register_worker", "claim", "renew_and_report", "finish", "finish_and_claim", "fail", "give_back",
          "take_control", "propose", "promote", "derive", "append_front", "set_study_state", "stop_trials",
          "request_tests", "request_replicates", "expire_leases", "create_study", "cut_search"}


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


def startup(user, database):
    body = struct.pack("!I", PROTOCOL)
    body += b"".join(text.encode() + b"\0" for text in ("user", user, "database", database)) + b"\0"
    return struct.pack("!I", len(body) + 4) + body


def messages(buffer):
    """The whole messages at the beginning of a buffer, each with its type and its end."""
    found, at = [], 0
    while len(buffer) - at >= 5:
        end = at + 1 + struct.unpack_from("!I", buffer, at + 1)[0]
        if end > len(buffer):
            break
        found.append((buffer[at:at + 1], bytes(buffer[at + 5:end]), end))
        at = end
    return found


def statement(body):
    """What a Parse or Query message runs: the function that it calls, or the first word of its text."""
    text = body.split(b"\0")[1] if body.count(b"\0") > 1 else body.split(b"\0")[0]
    for match in CALL.finditer(text):
        name = (match.group(1) or match.group(2)).decode()
        if name == "set_config":
            return "open_session"
        if name in WRITES:
            return name
    words = re.findall(rb"FROM\s+(\w+)|(BEGIN|COMMIT)", text)
    return "read " + (words[0][0] or words[0][1]).decode() if words else "other"
