#!/usr/bin/env bash
# A real Slurm on one machine, with virtual nodes: as root, without systemd and cgroups, on the loopback
# alone. Everything (key, sockets, state, logs, configuration) lies in one private folder, and only
# processes that were started here are stopped.
#
#   apt-get install -y --no-install-recommends slurm-wlm munge
#   SLURM_BASE=/tmp/slurm tools/slurm_single_node.sh start|stop|status|kill-node N|kill-controller
#   export SLURM_CONF=/tmp/slurm/slurm.conf
#
# Variables: SLURM_BASE (the folder, /tmp/slurm1), NODES (2), CPUS (of each, 2), MEM_MB (of each, 2000),
# CTLD_PORT (16817), SLURMD_PORT0 (16820). Not offered: limits of memory, accounting.
set -euo pipefail
BASE=${SLURM_BASE:-/tmp/slurm1}; NODES=${NODES:-2}; CPUS=${CPUS:-2}; MEM_MB=${MEM_MB:-2000}
CTLD_PORT=${CTLD_PORT:-16817}; SLURMD_PORT0=${SLURMD_PORT0:-16820}
export SLURM_CONF=$BASE/slurm.conf

write_conf() {
  mkdir -p "$BASE"/{munge,state,log,run}; chmod 755 "$BASE" "$BASE"/*; chmod 700 "$BASE/state"
  [ -s "$BASE/munge/munge.key" ] || (umask 077; head -c 1024 /dev/urandom > "$BASE/munge/munge.key")
  # cred_expire also delays jobs that are queued again: 120 s by default.
  cat > "$SLURM_CONF" <<CONF
ClusterName=peft
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$CTLD_PORT
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$BASE/munge/munge.socket,cred_expire=10
CredType=cred/munge
MpiDefault=none
MaxArraySize=10001
SwitchType=switch/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2
SlurmdParameters=config_overrides
ReturnToService=2
RebootProgram=/bin/true
StateSaveLocation=$BASE/state
SlurmdSpoolDir=$BASE/run/spool.%n
SlurmctldPidFile=$BASE/run/slurmctld.pid
SlurmdPidFile=$BASE/run/slurmd.%n.pid
SlurmctldLogFile=$BASE/log/slurmctld.log
SlurmdLogFile=$BASE/log/slurmd.%n.log
SlurmctldTimeout=30
SlurmdTimeout=10
MinJobAge=300
KillWait=5
InactiveLimit=0
CONF
  for i in $(seq 1 "$NODES"); do
    echo "NodeName=n$i NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((SLURMD_PORT0+i)) CPUs=$CPUS RealMemory=$MEM_MB State=UNKNOWN" >> "$SLURM_CONF"
  done
  echo "PartitionName=main Nodes=n[1-$NODES] Default=YES MaxTime=INFINITE State=UP" >> "$SLURM_CONF"
}
# One that was killed and that nobody has reaped yet is not alive.
alive() { [ -s "$1" ] && ps -o stat= -p "$(cat "$1")" | grep -qv '^Z'; }
daemons() {
  alive "$BASE/run/slurmctld.pid" || /usr/sbin/slurmctld
  for i in $(seq 1 "$NODES"); do
    mkdir -p "$BASE/run/spool.n$i"
    alive "$BASE/run/slurmd.n$i.pid" || /usr/sbin/slurmd -N "n$i"
  done
}
start() {
  [ -s "$SLURM_CONF" ] || write_conf
  if ! alive "$BASE/run/munged.pid"; then
    /usr/sbin/munged --key-file="$BASE/munge/munge.key" --socket="$BASE/munge/munge.socket" \
      --pid-file="$BASE/run/munged.pid" --log-file="$BASE/log/munged.log" \
      --seed-file="$BASE/run/munged.seed" --num-threads=2 --force
  fi
  munge -n -S "$BASE/munge/munge.socket" | unmunge -S "$BASE/munge/munge.socket" >/dev/null
  daemons
  for _ in $(seq 1 120); do
    [ "$(sinfo -h -N -o '%T' 2>/dev/null | grep -cE '^(idle|mixed|allocated)$')" = "$NODES" ] && { sinfo; return 0; }
    sleep 0.5
  done
  sinfo -R || true; tail -20 "$BASE"/log/*.log; return 1
}
# A process and all that descends from it.
tree() { echo "$1"; for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do tree "$child"; done; }
# The steps of a node's jobs, and all that they run: a step keeps its node's log open.
steps() {
  for step in $(pgrep -f '^slurmstepd: ' || true); do
    readlink /proc/"$step"/fd/* 2>/dev/null | grep -qx "$BASE/log/slurmd.n$1.log" && tree "$step"
  done
  true
}
# As if the machine had lost its power.
kill_node() {
  kill -KILL "$(cat "$BASE/run/slurmd.n$1.pid")" $(steps "$1") 2>/dev/null || true
}
stop() {
  for p in $(ls "$BASE"/run/slurmd.*.pid 2>/dev/null) "$BASE/run/slurmctld.pid" "$BASE/run/munged.pid"; do
    alive "$p" || continue
    pid=$(cat "$p"); kill -TERM "$pid"
    for _ in $(seq 1 40); do kill -0 "$pid" 2>/dev/null || break; sleep 0.25; done
    kill -0 "$pid" 2>/dev/null && kill -KILL "$pid" || true
  done
  for i in $(seq 1 "$NODES"); do kill -KILL $(steps "$i") 2>/dev/null || true; done
}
case "${1:-}" in
  start) start ;;
  stop) stop ;;
  status) sinfo; squeue ;;
  kill-node) kill_node "$2" ;;
  kill-controller) kill -KILL "$(cat "$BASE/run/slurmctld.pid")" ;;
  *) echo "usage: $0 start|stop|status|kill-node N|kill-controller" >&2; exit 2 ;;
esac
