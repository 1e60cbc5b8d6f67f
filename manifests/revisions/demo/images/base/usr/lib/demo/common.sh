# shellcheck shell=sh
# What every container of the demo shares: a clean end on the signal that stops a container, and a wait without wakeups.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
trap 'echo "stopping"; exit 0' PWR TERM INT

stay() {
    sleep infinity &
    wait $!
}
