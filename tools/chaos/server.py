"""A private PostgreSQL with the settings that initdb gives it, which can be crashed and started again."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from .session import Session


class Server:
    """Runs while the block does; all that it wrote goes with it. `data` is a folder for its files."""

    def __init__(self, data=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="chaos-pg-"))
        self.folder.chmod(0o711)
        self.data, self.sockets = pathlib.Path(data or self.folder) / "data", self.folder / "s"
        self.process = None
        self.account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
        programs = found or [pathlib.Path(shutil.which("initdb") or "initdb").resolve()]
        self.bin = programs[-1].parent

    def __enter__(self):
        for folder in (self.data, self.sockets):
            folder.mkdir(mode=0o700)
            if self.account:
                os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        self.sockets.chmod(0o711)
        initdb = self._command("initdb", "-D", self.data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C",
                               "--no-instructions", "--no-sync")
        subprocess.run(initdb, check=True, cwd="/", stdout=subprocess.DEVNULL)
        self.start()
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        self._wait_for_backends()
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _command(self, program, *arguments):
        command = [str(self.bin / program), *map(str, arguments)]
        if self.account:
            command = ["setpriv", f"--reuid={self.account.pw_uid}", f"--regid={self.account.pw_gid}", "--clear-groups",
                       *command]
        return command

    @property
    def socket(self):
        return self.sockets / ".s.PGSQL.5432"

    def url(self, database="postgres"):
        return f"postgresql://owner@/{database}?host={self.sockets}"

    def session(self, database="postgres"):
        return Session(self.socket, database)

    def create(self, database):
        session = self.session()
        session.rows(f"CREATE DATABASE {database}")
        session.close()

    def start(self, patience=60):
        """Returns when the server takes connections: the seconds that took."""
        begin = time.monotonic()
        while time.monotonic() < begin + patience:
            if self.process is None or self.process.poll() is not None:
                with open(self.folder / "log", "ab") as log:
                    self.process = subprocess.Popen(
                        self._command("postgres", "-D", self.data, "-c", "listen_addresses=", "-c",
                                      f"unix_socket_directories={self.sockets}", "-c", "max_connections=300"),
                        cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            try:
                self.session().close()
                return time.monotonic() - begin
            except OSError:
                time.sleep(0.02)
        raise SystemExit(f"PostgreSQL does not start:\n{self.log()[-2000:]}")

    def crash(self, how):
        """`immediate` stops without a checkpoint; `kill` ends the postmaster alone, by SIGKILL."""
        self.process.send_signal(signal.SIGQUIT if how == "immediate" else signal.SIGKILL)
        self.process.wait()

    def is_up(self):
        return self.process is not None and self.process.poll() is None

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _wait_for_backends(self):
        """Of a postmaster that was killed: they leave by themselves."""
        end = time.monotonic() + 10
        while time.monotonic() < end and any(self._lives_in_data(entry) for entry in pathlib.Path("/proc").iterdir()):
            time.sleep(0.02)

    def _lives_in_data(self, entry):
        try:
            return entry.name.isdigit() and os.readlink(entry / "cwd") == str(self.data)
        except OSError:
            return False
