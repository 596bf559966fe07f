"""An SMTP server that takes everything and remembers what came. For another process: `python -m tests.sink PORT FILE`,
or by TLS on every address `python -m tests.sink PORT FILE CERTIFICATE KEY`.

Much lighter than a real server's library: it shares the processor with what is measured.
"""

import asyncio
import re
import ssl
import sys
import threading
from collections.abc import Callable
from pathlib import Path

MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)


async def _serve(take: Callable[[str, str], None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """`take` gets Message-ID and first recipient before the mail is acknowledged."""
    recipient = ""
    try:
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"RCPT" and not recipient:
                recipient = line.partition(b"<")[2].partition(b">")[0].decode("utf-8", "replace")
            if verb == b"DATA":
                writer.write(b"354 go\r\n")
                mail = await reader.readuntil(b"\r\n.\r\n")
                found = MESSAGE_ID.search(mail.partition(b"\r\n\r\n")[0])
                take(found.group(1).decode() if found else "", recipient)
                recipient = ""
                writer.write(b"250 kept\r\n")
            elif verb == b"EHLO":
                writer.write(b"250-sink\r\n250-SIZE 50000000\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                recipient = "" if verb in (b"RSET", b"MAIL") else recipient
                writer.write(b"250 ok\r\n")
    except (ConnectionError, asyncio.IncompleteReadError):
        return
    finally:
        writer.close()


async def _listen(
    port: int, take: Callable[[str, str], None], host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> asyncio.Server:
    return await asyncio.start_server(lambda *ends: _serve(take, *ends), host, port, ssl=tls, limit=64 * 1024 * 1024)


class Sink:
    """In a thread of this process. `taken` has Message-ID and first recipient of each mail, in order."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken: list[tuple[str, str]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sink", daemon=True)

    def start(self) -> None:
        self._thread.start()
        listening = _listen(self.port, lambda *mail: self.taken.append(mail))
        asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


async def _forever(port: int, file: Path, *certificate: str) -> None:
    host, tls = "127.0.0.1", None
    if certificate:
        host, tls = "", ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*certificate)
    with file.open("a", buffering=1) as out:
        server = await _listen(port, lambda message_id, recipient: print(message_id, recipient, file=out), host, tls)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_forever(int(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
