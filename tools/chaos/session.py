"""A connection for questions in plain SQL, over the server's socket."""

import socket
import struct

from . import wire


class Session:
    def __init__(self, path, database="postgres", user="owner"):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.buffer = bytearray()
        try:
            self.socket.connect(str(path))
            self.socket.sendall(wire.startup(user, database))
            self._read()
        except BaseException:
            self.close()
            raise

    def close(self):
        self.socket.close()

    def rows(self, text):
        """The rows of the last statement, as texts. Throws OSError when the server is gone."""
        self.socket.sendall(wire.message(b"Q", text.encode() + b"\0"))
        return self._read()

    def number(self, text):
        return float(self.rows(text)[0][0] or 0)

    def _read(self):
        rows = []
        while True:
            for kind, body, end in wire.messages(self.buffer):
                if kind == b"T":
                    rows = []
                elif kind == b"D":
                    rows.append(self._fields(body))
                elif kind == b"E":
                    fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
                    raise OSError(f"{fields.get(b'C')}: {fields.get(b'M')}")
                elif kind == b"Z":
                    del self.buffer[:]
                    return rows
                consumed = end
            if wire.messages(self.buffer):
                del self.buffer[:consumed]
            chunk = self.socket.recv(1 << 16)
            if not chunk:
                raise ConnectionError("the server closed the connection")
            self.buffer += chunk

    @staticmethod
    def _fields(body):
        count, at, fields = struct.unpack_from("!H", body)[0], 2, []
        for _ in range(count):
            length = struct.unpack_from("!i", body, at)[0]
            at += 4
            fields.append(None if length < 0 else body[at:at + length].decode())
            at += max(length, 0)
        return fields
