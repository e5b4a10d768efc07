"""A real Slurm of two nodes on the loopback address, for tests.

    python tests/slurm/cluster.py up FOLDER      # then: snakemake --profile workflow/profiles/slurm
    python tests/slurm/cluster.py down FOLDER

Needs root and Debian's packages slurm-wlm and munge. Everything lies in FOLDER but one link, to its
slurm.conf: Snakemake's job steps drop the environment variable that could name another place.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

NODES = ("n1", "n2")
LINK = Path("/etc/slurm/slurm.conf")
# No cgroups, no accounting, one core a node: each job gets a node of its own. A job whose node is
# lost starts again when its credential has expired: after 10 s, not 2 minutes.
CONFIG = """\
ClusterName=evpool
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=10
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdPidFile={folder}/%n/slurmd.pid
SlurmdLogFile={folder}/%n/slurmd.log
SlurmdSpoolDir={folder}/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=0
KillWait=2
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={n1_port} CPUs=1 RealMemory=8000
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={n2_port} CPUs=1 RealMemory=8000
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=120 State=UP
"""


def missing():
    """Return why there can be no Slurm here, or nothing."""
    absent = [name for name in ("munged", "slurmctld", "slurmd") if not shutil.which(name)]
    if absent:
        return f"{', '.join(absent)} not found; on Debian: apt-get install slurm-wlm munge"
    if os.geteuid() != 0:
        return "starting Slurm's daemons needs root"
    if LINK.exists():
        return f"{LINK} exists: this machine has a Slurm of its own"
    return None


def up(folder):
    """Start the cluster and wait until both nodes are idle."""
    if reason := missing():
        raise RuntimeError(reason)
    folder = Path(folder).resolve()
    for name in ("munge", "state", *NODES):
        (folder / name).mkdir(parents=True)
    _write_key(folder / "munge/key")
    ports = dict(zip(("controller_port", "n1_port", "n2_port"), _free_ports(3), strict=True))
    conf = folder / "slurm.conf"
    conf.write_text(CONFIG.format(folder=folder, host=socket.gethostname(), **ports))
    LINK.parent.mkdir(exist_ok=True)
    LINK.unlink(missing_ok=True)
    LINK.symlink_to(conf)
    _start_munge(folder / "munge")
    _run("slurmctld")
    for node in NODES:
        _run("slurmd", "-N", node)
    _wait_for(lambda: states() == dict.fromkeys(NODES, "IDLE"), "both nodes are idle")


def down(folder):
    """Cancel all jobs, stop every daemon, take the link away."""
    folder = Path(folder).resolve()
    with suppress(RuntimeError):
        _run("scancel", "--user=root")
        _wait_for(lambda: not jobs(), "every job has gone")
    daemons = [*(folder / node / "slurmd.pid" for node in NODES), folder / "slurmctld.pid"]
    for path in [*daemons, folder / "munge/pid"]:
        with suppress(FileNotFoundError, ProcessLookupError, ValueError):
            os.kill(int(path.read_text()), signal.SIGTERM)
    _wait_for(lambda: not any(path.exists() for path in daemons), "the daemons have stopped")
    LINK.unlink(missing_ok=True)


def states():
    """Return the state of each node."""
    return dict(line.split() for line in _lines("scontrol", "show", "node", "-o", pick="NodeName"))


def jobs():
    """Return the state of each queued or running job by its id."""
    return dict(line.split() for line in _lines("squeue", "--noheader", "--format=%i %T"))


def processes(node):
    """Return the ids and command lines of what the jobs on a node run."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"SLURMD_NODENAME={node}\0".encode() in (folder / "environ").read_bytes():
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(folder.name)] = command.decode(errors="replace")
    return found


def crash(folder, node):
    """Let a node die with everything that runs on it, as if its power had gone."""
    tasks = list(processes(node))
    daemon = Path(folder) / node / "slurmd.pid"
    kill([int(daemon.read_text())])
    daemon.unlink()
    kill(pid for pid in {parent(task) for task in tasks} if _name(pid) == "slurmstepd")
    kill(tasks)
    _run("scontrol", "update", f"nodename={node}", "state=down", "reason=crashed")


def resume(node):
    """Start a crashed node again."""
    _run("slurmd", "-N", node)
    _run("scontrol", "update", f"nodename={node}", "state=resume")


def _write_key(path):
    path.touch(mode=0o600)
    path.write_bytes(os.urandom(32))


def _start_munge(folder):
    names = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log"}
    names["seed-file"] = "seed"
    # By force: a test's folder may be closed to other users, of whom there are none.
    _run("munged", "--force", *(f"--{option}={folder / name}" for option, name in names.items()))


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr or done.stdout}")
    return done.stdout


def _lines(*command, pick=None):
    lines = _run(*command).splitlines()
    if pick is None:
        return lines
    fields = [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]
    return [f"{each[pick]} {each['State']}" for each in fields]


def _wait_for(happened, what, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(RuntimeError):
            if happened():
                return
        time.sleep(0.2)
    raise TimeoutError(f"waited {seconds} s for this in vain: {what}")


def parent(pid):
    """Return the id of the process that started one, or 0 if that has ended."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def _name(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def kill(pids):
    """End processes at once; those that have ended already are left in peace."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    {"up": up, "down": down}[sys.argv[1]](sys.argv[2])
