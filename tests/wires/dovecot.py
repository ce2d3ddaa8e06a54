"""A private Dovecot on loopback, the reference among the IMAP servers that the tests run against.

It needs no rights: own configuration, own ports, own folder. As root its mail
belongs to `nobody`, because Dovecot hands no mail to root. Any user name works
with the one password, so that each test has mailboxes of its own.
"""

import contextlib
import getpass
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PASSWORD = "correct horse"
_PROGRAM = "dovecot"
_CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = {service_user}
default_internal_group = {service_group}
default_login_user = {login_user}
first_valid_uid = 1
disable_plaintext_auth = no
auth_mechanisms = plain login
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=anybody {folder}/passwords
}}
userdb {{
  driver = static
  args = uid={mail_uid} gid={mail_gid} home={folder}/mail/%u
}}
mail_location = maildir:~/Maildir
mail_fsync = never
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  # No waiting after a wrong password.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
auth_failure_delay = 0
service stats {{
  chroot =
}}
ssl = {ssl}
{certificate}
"""


@dataclass(frozen=True, kw_only=True)
class Dovecot:
    """A running server."""

    host: str
    port: int
    tls_port: int
    ca_file: Path
    folder: Path

    def log(self) -> str:
        """Return what it wrote, for a test that failed."""
        return (self.folder / "log").read_text(errors="replace")


class DovecotMailboxes:
    """Dovecot as the place where a mail hub delivers (service/demo/hub.py: MailStore)."""

    def __init__(self, dovecot: Dovecot) -> None:
        self._dovecot = dovecot
        self.host = dovecot.host
        self.port = dovecot.port
        self._count = 0

    async def start(self) -> None:
        """Begin with empty mailboxes."""
        for mailbox in (self._dovecot.folder / "mail").iterdir():
            shutil.rmtree(mailbox)

    async def stop(self) -> None:
        """Leave the server to the next test."""

    def add_account(self, address: str, password: str) -> None:
        """Any name works here, with the one password."""
        assert password == PASSWORD, f"on Dovecot {address} must have the one password"

    async def append(self, address: str, original: bytes, received_at: datetime) -> None:
        """Drop a mail into the Maildir: by APPEND, Dovecot takes no date that is still to come."""
        maildir = self._dovecot.folder / "mail" / address / "Maildir"
        owner = (self._dovecot.folder / "mail").stat()
        for folder in (maildir.parent, maildir, maildir / "tmp", maildir / "new", maildir / "cur"):
            self._ensure(folder, owner)
        self._count += 1
        name = f"{int(received_at.timestamp())}.{os.getpid()}_{self._count}.loopback"
        mail = maildir / "tmp" / name
        mail.write_bytes(original)
        os.chown(mail, owner.st_uid, owner.st_gid)
        os.utime(mail, (received_at.timestamp(), received_at.timestamp()))
        mail.rename(maildir / "new" / name)

    def _ensure(self, folder: Path, owner: os.stat_result) -> None:
        """Make a folder that is its owner's from its first instant: Dovecot may look, or make it, meanwhile."""
        if folder.exists():
            return
        fresh = Path(tempfile.mkdtemp(dir=self._dovecot.folder))
        os.chown(fresh, owner.st_uid, owner.st_gid)
        try:
            fresh.rename(folder)
        except OSError:
            # Somebody else was first, and there is something in it.
            fresh.rmdir()
            if not folder.is_dir():
                raise


def program() -> str | None:
    """Find Dovecot, also where Debian puts it for root only."""
    return shutil.which(_PROGRAM) or shutil.which(_PROGRAM, path="/usr/sbin:/usr/local/sbin")


def make_certificate(folder: Path) -> Path:
    """Make a certificate authority and a certificate of loopback; return the authority's."""
    ca_key, ca, key, request, certificate = (
        folder / name for name in ("ca.key", "ca.pem", "server.key", "server.csr", "server.pem")
    )
    extensions = folder / "extensions"
    extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    authority = f"-keyout {ca_key} -out {ca} -subj /CN=authority -addext keyUsage=critical,keyCertSign"
    for command in (
        f"req -x509 {new_key} -days 30 {authority}",
        f"req {new_key} -keyout {key} -out {request} -subj /CN=localhost",
        f"x509 -req -in {request} -CA {ca} -CAkey {ca_key} -CAcreateserial -extfile {extensions} -out {certificate}",
    ):
        subprocess.run(
            ["openssl", *command.split()], check=True, capture_output=True, stdin=subprocess.DEVNULL
        )
    return ca


@contextlib.contextmanager
def running_dovecot() -> Iterator[Dovecot]:
    """Start a Dovecot and end it with its children."""
    path = program()
    assert path is not None
    # Not pytest's folder: the names of Unix sockets may have 107 letters only.
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    try:
        server = _prepare(folder)
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                [path, "-F", "-c", str(folder / "dovecot.conf")],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            _wait_for(server, process)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(folder: Path) -> Dovecot:
    folder.chmod(0o755)
    ca = make_certificate(folder)
    (folder / "passwords").write_text(f"anybody:{PASSWORD}\n")
    (folder / "mail").mkdir()
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        mail_uid, mail_gid = nobody.pw_uid, nobody.pw_gid
        os.chown(folder / "mail", mail_uid, mail_gid)
        service_user, service_group, login_user = "dovecot", "dovecot", "dovenull"
    else:
        mail_uid, mail_gid = os.geteuid(), os.getegid()
        service_user = login_user = getpass.getuser()
        service_group = grp.getgrgid(os.getegid()).gr_name
    port, tls_port = _free_ports(2)
    (folder / "dovecot.conf").write_text(
        _CONFIGURATION.format(
            folder=folder,
            service_user=service_user,
            service_group=service_group,
            login_user=login_user,
            mail_uid=mail_uid,
            mail_gid=mail_gid,
            port=port,
            tls_port=tls_port,
            ssl="yes",
            certificate=f"ssl_cert = <{folder}/server.pem\nssl_key = <{folder}/server.key",
        )
    )
    return Dovecot(host="127.0.0.1", port=port, tls_port=tls_port, ca_file=ca, folder=folder)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in held]


def _wait_for(server: Dovecot, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with (
            contextlib.suppress(OSError),
            socket.create_connection((server.host, server.port), timeout=1) as line,
        ):
            if line.recv(1):
                return
        time.sleep(0.05)
    message = f"Dovecot did not start: {(server.folder / 'output').read_text()}"
    log = server.folder / "log"
    raise RuntimeError(message + (log.read_text(errors="replace") if log.exists() else ""))
