# Runs one PostgreSQL server for as long as somebody holds the write end of the FIFO on standard input,
# however they end; then ends the server and removes its folder.
# Arguments: the folder, then the server's command. It starts the server when it reads "start".
dir=$1
shift
trap '' HUP INT TERM
cd /
exec 3<&0 </dev/null
IFS= read -r word <&3 || word=
if [ "$word" = start ]; then
    "$@" >>"$dir/log" 2>&1 3<&- &
    server=$!
    (
        cat <&3 >/dev/null
        kill -QUIT "$server"
        # After an immediate shutdown nothing is left; a server that is stopped or stuck is killed.
        tries=0
        while kill -0 "$server" && [ "$tries" -lt 150 ]; do
            tries=$((tries + 1))
            sleep 0.02
        done
        [ "$tries" -lt 150 ] || kill -KILL "$server"
    ) 2>/dev/null &
    holders=$!
    wait "$server"
    echo $? >"$dir/exit"
    # Whoever still holds the FIFO may want to read the log of a server that ended by itself.
    wait "$holders"
fi
rm -rf "$dir" || { sleep 1; rm -rf "$dir"; }
