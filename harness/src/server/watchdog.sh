# Runs one program, a server or initdb, for as long as the other end of the socket on standard output is held,
# however its holders end; then ends the program and removes its folder.
# Arguments: the folder, the signal that ends the program at once, the program's command.
# It starts the program when it reads "start" from the socket and says there how that went: "closed" (this user
# can't use the folder, or could not remove it) or the program's exit status.
# Where the folder has a FIFO `hold`, the server is shared: it lasts for as long as anybody has that open, and then for
# three seconds more unless "brief" was written to it.
dir=$1
signal=$2
shift 2
# PIPE, too: those who would read the exit status may be gone.
trap '' HUP INT TERM PIPE
# We may have been started without any PATH; the last folder is where NixOS has rm and sleep.
PATH=${PATH:-}:/usr/bin:/bin:/run/current-system/sw/bin
cd /
# Not on standard input: a bash that finds a socket there takes itself for a remote login and reads ~/.bashrc.
exec 3<&1 4>&1 </dev/null >/dev/null

# Some systems only sleep whole seconds.
nap() {
    sleep 0.005 || { sleep 1 && tries=$((tries + 132)); }
    tries=$((tries + 1))
}

# Returns when nobody has the FIFO open any more. Who opens it writes "join-" and a name of its own into it, and gets a
# file of that name for an answer: without one it has come too late.
until_all_have_left() {
    joined=0
    brief=
    while :; do
        # A FIFO that nobody holds could not even be opened: this says so in time, unless somebody has joined.
        { sleep 3 && echo "left $joined" >"$dir/hold"; } &
        timer=$!
        exec 5<"$dir/hold" || return
        while IFS= read -r word <&5; do
            case $word in
            "left $joined") return ;;
            join-*) joined=$((joined + 1)) && : >"$dir/${word##*/}" ;;
            # Somebody who can't hold it: another program, for as long as it runs.
            while-*)
                joined=$((joined + 1))
                exec 6>"$dir/hold"
                while_runs "${word#while-}" 5<&- &
                exec 6>&-
                ;;
            brief) brief=yes && kill -s KILL "$timer" ;;
            esac
        done
        exec 5<&-
        [ -z "$brief" ] || return
    done
}

while_runs() {
    while [ -d "/proc/$1" ] || ps -p "$1"; do sleep 1; done
}

IFS= read -r word <&3 || word=
if [ "$word" = start ] && ! { [ -w "${dir%/*}/" ] && echo "$$" >"$dir/alive"; }; then
    echo closed >&4
    while IFS= read -r word <&3; do :; done
    rm -rf "$dir"
    exit
elif [ "$word" = start ]; then
    "$@" >>"$dir/log" 2>&1 3<&- 4>&- &
    program=$!
    (
        if [ -p "$dir/hold" ]; then
            until_all_have_left
        else
            while IFS= read -r word <&3; do :; done
        fi
        # The number of a program that has ended may be another's by now.
        [ ! -e "$dir/alive" ] || [ -s "$dir/alive" ] || exit 0
        kill -s "$signal" "$program"
        # After an immediate shutdown nothing is left; a server that is stopped or stuck is killed.
        tries=0
        while [ -s "$dir/alive" ] && [ "$tries" -lt 400 ]; do nap; done
        [ ! -s "$dir/alive" ] || kill -s KILL "$program"
    ) 4>&- &
    holders=$!
    wait "$program"
    status=$?
    # Emptying a file works on a full disk, too.
    true >"$dir/alive"
    echo "$status" >&4
    echo "$status" >"$dir/ended"
    # Whoever still holds the socket may want to read the log of a program that ended by itself.
    wait "$holders"
fi

# A server that was killed leaves a shared memory segment, whose number is in the seventh line.
if [ -f "$dir/data/postmaster.pid" ]; then
    {
        IFS= read -r program
        for _ in 2 3 4 5 6; do IFS= read -r word; done
        read -r _ segment
    } <"$dir/data/postmaster.pid"
    # What a killed initdb has started (it writes its number with a minus) ends by itself and gives its memory back,
    # if it finds its files.
    tries=0
    while [ -e "$dir/data/postmaster.pid" ] && kill -0 "${program#-}" && [ "$tries" -lt 400 ]; do nap; done
    [ -e "$dir/data/postmaster.pid" ] || segment=
    [ -z "$segment" ] || ipcrm -m "$segment"
fi
# What a killed initdb has started ends by itself soon, but may write in the meantime.
tries=0
until rm -rf "$dir" || [ "$tries" -ge 500 ]; do nap; done
