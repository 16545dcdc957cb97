"""A private PostgreSQL with the settings that initdb gives it, over a socket alone."""

import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time


class Server:
    """Runs while the block does; all that it wrote goes with it."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-queue-"))
        self.folder.chmod(0o711)
        self.sockets = self.folder / "s"
        for name in ("data", "s"):
            (self.folder / name).mkdir(mode=0o700)
        self.account = None
        if os.geteuid() == 0:
            self.account = pwd.getpwnam("postgres")
            for name in ("data", "s"):
                os.chown(self.folder / name, self.account.pw_uid, self.account.pw_gid)
        self.bin = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        self.run(self.bin / "initdb", "-D", self.folder / "data", "-U", "owner", "-A", "trust", "-E", "UTF8",
                 "--locale=C", "--no-instructions")
        settings = ("-c listen_addresses='' -c shared_preload_libraries=pg_stat_statements "
                    f"-c unix_socket_directories='{self.sockets}'")
        self.run(self.bin / "pg_ctl", "-D", self.folder / "data", "-l", self.folder / "data/log", "-w", "-o", settings,
                 "start")
        self.sockets.chmod(0o711)
        self.sql("postgres", "CREATE EXTENSION pg_stat_statements")
        return self

    def __exit__(self, *_):
        self.run(self.bin / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)

    def run(self, *command):
        command = list(map(str, command))
        if self.account:
            command = ["setpriv", f"--reuid={self.account.pw_uid}", f"--regid={self.account.pw_gid}", "--clear-groups",
                       *command]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)

    def url(self, database, scheme="postgresql"):
        return f"{scheme}://owner@/{database}?host={self.sockets}"

    def sql(self, database, text):
        """The fields of the first row."""
        done = subprocess.run(["psql", "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)],
                              input=text, check=True, capture_output=True, text=True)
        return done.stdout.split("\n")[0].split("\t")

    def number(self, database, text):
        return float(self.sql(database, text)[0] or 0)

    def counters(self, database):
        """Statements that clients sent, transactions' own left out, and transactions that committed."""
        # The server writes both down a second after a session has fallen silent.
        time.sleep(1.2)
        statements = self.number("postgres", f"""
            SELECT sum(s.calls) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
            WHERE d.datname = '{database}' AND s.query !~* '^(begin|commit|rollback)'""")
        commits = self.number("postgres", f"SELECT xact_commit FROM pg_stat_database WHERE datname = '{database}'")
        return statements, commits
