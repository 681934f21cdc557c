# Removes a container when the other end of the socket on standard input is closed, however its holder ended.
# Arguments: the container's name; the engine: unix://PATH, tcp://HOST:PORT or https://HOST:PORT.
# Words that it reads before that: "made", the container is there; "removed", it is gone and there is nothing to do.
name=$1
engine=$2
trap '' HUP INT TERM PIPE
PATH=${PATH:-}:/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin
cd /
# Not on standard input: a bash that finds a socket there takes itself for a remote login and reads ~/.bashrc.
exec 3<&0 </dev/null

made=
while IFS= read -r word <&3; do
    [ "$word" != removed ] || exit 0
    made=$word
done
exec 3<&-

# Asks the engine over HTTP: 204, it was removed; 404, there is none.
ask() {
    curl --silent --max-time 30 --output /dev/null --write-out '%{http_code}' --request DELETE "$@"
}

# 0: it is gone; 1: there is none, perhaps not yet; 2: nobody could be asked.
remove() {
    path="/containers/$name?force=true&v=true"
    if command -v curl >/dev/null; then
        case $engine in
        unix://*) status=$(ask --unix-socket "${engine#unix://}" "http://localhost$path") ;;
        tcp://* | http://*)
            status=$(ask "http://${engine#*://}$path")
            ;;
        *)
            certificates=${DOCKER_CERT_PATH:-}
            status=$(ask --cacert "$certificates/ca.pem" --cert "$certificates/cert.pem" --key "$certificates/key.pem" \
                "https://${engine#*://}$path")
            ;;
        esac
        case $status in
        20?) return 0 ;;
        404) return 1 ;;
        esac
    fi
    if command -v docker >/dev/null && docker --host "$engine" version; then
        docker --host "$engine" container inspect "$name" || return 1
        docker --host "$engine" rm --force --volumes "$name"
        return
    fi
    if command -v podman >/dev/null && podman --url "$engine" version; then
        podman --url "$engine" container exists "$name" || return 1
        podman --url "$engine" rm --force --volumes "$name"
        return
    fi
    return 2
} >/dev/null 2>&1

tries=0
while [ "$tries" -lt 60 ]; do
    remove
    case $? in
    0) exit 0 ;;
    # The engine may still be about to make it.
    1) [ -z "$made" ] && [ "$tries" -lt 20 ] || exit 0 ;;
    esac
    tries=$((tries + 1))
    sleep 0.5 || sleep 1
done
