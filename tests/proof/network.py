"""Machines in network namespaces of this one (iproute2): a switch, cables that can be pulled, no address outside."""

import ctypes
import ipaddress
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

T = TypeVar("T")
NET = "10.77.0"
FOLDER = Path("/run/netns")
_CLONE_NEWNET = 0x40000000


class NotHere(Exception):
    """Namespaces cannot be made on this machine; the text says why."""


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=20, check=False)
    if done.returncode:
        raise NotHere(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


class Machine:
    """One namespace with one address."""

    def __init__(self, network: "Network", name: str, number: int) -> None:
        self.network, self.name = network, name
        self.space = f"{network.prefix}{name}"
        self.address = f"{NET}.{number}"
        self.cable = f"to{number}"
        _ip("netns", "add", self.space)
        network.machines.append(self)
        _ip("-n", self.space, "link", "set", "lo", "up")
        far = ("netns", network.switch)
        _ip("-n", self.space, "link", "add", "eth0", "type", "veth", "peer", "name", self.cable, *far)
        _ip("-n", network.switch, "link", "set", self.cable, "master", "bridge0", "up")
        _ip("-n", self.space, "address", "add", f"{self.address}/24", "dev", "eth0")
        _ip("-n", self.space, "link", "set", "eth0", "up")

    def run(self, function: Callable[[], T]) -> T:
        """Calls it in a thread that lives on this machine: sockets and child processes it makes are there."""
        answers: list[T] = []
        errors: list[BaseException] = []

        def inside() -> None:
            try:
                self.enter()
                answers.append(function())
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        if errors:
            raise errors[0]
        return answers[0]

    def enter(self) -> None:
        """The calling thread is on this machine from now on. Raises `NotHere`."""
        descriptor = os.open(FOLDER / self.space, os.O_RDONLY)
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(descriptor, _CLONE_NEWNET):
                raise NotHere(f"setns: {os.strerror(ctypes.get_errno())}")
        finally:
            os.close(descriptor)

    def cut_off(self) -> None:
        _ip("-n", self.network.switch, "link", "set", self.cable, "down")

    def reconnect(self) -> None:
        _ip("-n", self.network.switch, "link", "set", self.cable, "up")

    def kill(self) -> None:
        """Everything that runs on it, as when the power fails."""
        for _ in range(3):  # what was being started meanwhile, too
            listed = subprocess.run(["ip", "netns", "pids", self.space], capture_output=True, text=True, check=False)
            for pid in listed.stdout.split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)


class Network:
    """A switch in a namespace of its own. Raises `NotHere`."""

    def __init__(self) -> None:
        if shutil.which("ip") is None:
            raise NotHere("iproute2 is not installed")
        if os.geteuid() != 0:
            raise NotHere("network namespaces need root")
        self.prefix = f"yn{os.getpid()}-"
        self.switch = f"{self.prefix}switch"
        self.machines: list[Machine] = []
        _ip("netns", "add", self.switch)
        try:
            _ip("-n", self.switch, "link", "add", "name", "bridge0", "type", "bridge")
            _ip("-n", self.switch, "link", "set", "bridge0", "up")
        except NotHere:
            self.remove()
            raise

    def machine(self, name: str, number: int) -> Machine:
        return Machine(self, name, number)

    def remove(self) -> None:
        for machine in self.machines:
            machine.kill()
        for space in [*(machine.space for machine in self.machines), self.switch]:
            subprocess.run(["ip", "netns", "delete", space], capture_output=True, check=False)


def make_certificate(folder: Path, address: str) -> tuple[Path, Path, Path]:
    """Certificate and key of a server at `address`, and the authority that programs must trust."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _signed("Proof authority", authority_key, "Proof authority", authority_key, None)
    server = _signed(address, key, "Proof authority", authority_key, address)
    files = folder / "server.pem", folder / "server.key", folder / "authority.pem"
    files[0].write_bytes(server.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    files[2].write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    return files


def _signed(name: str, key: Any, issuer: str, issuer_key: Any, address: str | None) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=address is None, path_length=None), critical=True)
    )
    if address is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
