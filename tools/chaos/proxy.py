"""A TCP proxy before PostgreSQL that knows where a call begins, where it ends and what it runs.

A call is everything that a client sends up to the point where it waits; its reply ends with the server's
ReadyForQuery, which PostgreSQL sends after the commit.
"""

import asyncio
import os
import struct
import threading

from . import wire

# Where a call can be cut. The names say what the server has seen, and then what the client has.
PHASES = ("before the request", "within the request", "before the reply", "within the reply", "before its last message",
          "after the reply")


class Fault:
    """What happens in one call, and when."""

    def __init__(self, phase, act=None, abruptly=True):
        self.phase, self.act, self.abruptly = phase, act or (lambda: None), abruptly


class Proxy:
    """Asks `decide` with the name of each call for a fault or None; on a thread of its own."""

    def __init__(self, target, decide):
        self.target, self.decide = str(target), decide
        self.loop = asyncio.new_event_loop()
        self.port = None

    def __enter__(self):
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self.thread.start()
        started.wait()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def url(self, database):
        return f"postgresql://owner@127.0.0.1:{self.port}/{database}"

    def _run(self, started):
        asyncio.set_event_loop(self.loop)
        self.loop.set_exception_handler(lambda *_: None)
        server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 24))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0.01))
        self.loop.close()

    async def _serve(self, reader, writer):
        behind = None
        try:
            first = await self._greeting(reader, writer)
            behind = await asyncio.open_unix_connection(self.target, limit=1 << 24)
            behind[1].write(first)
            writer.write(await self._reply(behind[0]))
            while await self._exchange(reader, writer, *behind):
                pass
        except (OSError, EOFError):
            pass
        finally:
            writer.close()
            if behind:
                behind[1].close()

    @staticmethod
    async def _greeting(reader, writer):
        while True:
            head = await reader.readexactly(8)
            length, code = struct.unpack("!II", head)
            rest = await reader.readexactly(length - 8)
            if code == wire.PROTOCOL:
                return head + rest
            if wire.REQUESTS.get(code) == "cancel":
                raise EOFError
            writer.write(b"N")

    async def _exchange(self, reader, writer, server_reader, server):
        """One call; false when the connection is over."""
        request, name = await self._request(reader)
        if name is None:
            server.write(request)
            return False
        fault = self.decide(name)
        phase = fault.phase if fault else None
        if phase == "before the request":
            return self._cut(fault, writer, server)
        if phase == "within the request":
            server.write(request[:len(request) // 2])
            await server.drain()
            return self._cut(fault, writer, server)
        server.write(request)
        reply = await self._reply(server_reader)
        if phase == "before the reply":
            return self._cut(fault, writer, server)
        part = {"within the reply": len(reply) // 2, "before its last message": len(reply) - 6}.get(phase, len(reply))
        writer.write(reply[:part])
        await writer.drain()
        return self._cut(fault, writer, server) if fault else True

    @staticmethod
    def _cut(fault, writer, server):
        fault.act()
        if fault.abruptly:
            # A reset; else the client reads an end of file.
            writer.transport.abort()
            server.transport.abort()
        return False

    async def _request(self, reader):
        """The bytes of a call and its name, None for the end of the session."""
        parts, name = [], "other"
        while True:
            head = await reader.readexactly(5)
            body = await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)
            parts.append(head + body)
            kind = head[:1]
            if kind in b"PQ":
                name = wire.statement(body if kind == b"P" else b"\0" + body)
            if kind in b"SQ":
                return b"".join(parts), name
            if kind == b"X":
                return b"".join(parts), None

    @staticmethod
    async def _reply(reader):
        parts = []
        while True:
            head = await reader.readexactly(5)
            parts.append(head + await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4))
            if head[:1] == b"Z":
                return b"".join(parts)


def kill(process):
    try:
        os.kill(process, 9)
    except ProcessLookupError:
        pass
