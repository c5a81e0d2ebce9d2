# Holds what the sources include, and what the libraries define and need, against rooms.txt.
# Input, after rooms.txt: lines that audit.sh makes.
#
#   include FILE LINE TEXT      an #include
#   text FILE LINE TEXT         a line that names an address
#   archive ROOM                what follows was found in a library of that room
#   member NAME                 and in that object of it
#   section NUMBER NAME FLAGS
#   symbol TYPE SECTION NAME    SECTION: a number, UND or COM

BEGIN {
    headers["plain"] = "assert float inttypes limits math stdarg stdbool stddef stdint " \
                       "stdio stdlib string"
    headers["map"] = "sys/mman"
    # Of the mathematical functions only those that every library computes exactly.
    calls["plain"] = "calloc free malloc realloc memchr memcmp memcpy memmove memset strchr " \
                     "strcmp strcpy strcat strlen strncmp strnlen strrchr strspn strcspn strstr " \
                     "qsort bsearch snprintf vsnprintf assert_fail sqrt floor ceil trunc rint " \
                     "round lround fabs fmin fmax fmod ldexp frexp"
    calls["map"] = "mmap munmap madvise"
    # Of what is only shown, the last bit does not matter.
    calls["shown"] = "strtod strtol strtoul strtoll strtoull log log10 pow"
    # A process that was forked must end without its parent's last rites.
    calls["child"] = "_exit"
    noisy = "printf vprintf puts putchar putc fprintf vfprintf fputs fputc fwrite perror " \
            "psignal write dprintf vdprintf stdin stdout stderr exit _exit _Exit quick_exit " \
            "getenv secure_getenv setenv putenv unsetenv environ"
    # Waiting, working and ending visits: what runs for each request allocates nothing.
    hot["sim/engine"] = "dist.c.o math.c.o random.c.o ziggurat.c.o"
    hot["sim/stats"] = "interval.c.o"
    hot["sim/policy"] = "balance.c.o balancer.c.o outcome.c.o outlier.c.o retry.c.o"
    hot["sim/world"] = "call.c.o client.c.o gather.c.o scope.c.o station.c.o step.c.o " \
                       "task.c.o value.c.o"
    breaches = 0
}

function breach(rule, where, what) {
    printf "rule %d: %s: %s\n", rule, where, what
    breaches++
}

function has(list, word) {
    return index(" " list " ", " " word " ") > 0
}

# The room of a file or folder; "" when it is in none.
function room_of(path,    part) {
    split(path, part, "/")
    if (part[1] == "labs" && part[2] != "kit" && part[3] != "")
        return "labs/" part[2]
    return (part[1] "/" part[2]) in may ? part[1] "/" part[2] : ""
}

function row(room) {
    return room in may ? room : room ~ /^labs\// ? "labs/*" : ""
}

function may_use(from, to,    i, n, list) {
    if (from == to)
        return 1
    n = split(may[row(from)], list, ",")
    for (i = 1; i <= n; i++)
        if (list[i] == to || (list[i] ~ /\/$/ && index(to, list[i]) == 1))
            return 1
    return 0
}

function allowed(spec, words, word,    i, n, list) {
    n = split(spec, list, "+")
    for (i = 1; i <= n; i++)
        if (has(words[list[i]], word))
            return 1
    return 0
}

# Sharing nothing is rule 2, Lua and SDL in sim rule 1, the order of the rooms has no number.
function rule_of(room) {
    return room ~ /^labs\// && room != "labs/kit" ? 2 : 1
}

# ---- rooms.txt ----

FNR == NR {
    if ($0 !~ /^#/ && NF == 4) {
        may[$1] = $2
        header_spec[$1] = $3
        call_spec[$1] = $4
    }
    next
}

# ---- What the sources include ----

function check_system(room, where, name,    spec, foreign) {
    spec = header_spec[row(room)]
    foreign = name ~ /^(lua|lauxlib|lualib)/ ? "lua" : name ~ /^SDL/ ? "sdl" : \
              name ~ /^(cairo|pango)/ ? "cairo" : ""
    sub(/\.h$/, "", name)
    if (spec !~ /^any/ ? !allowed(spec, headers, name) : foreign && spec !~ "\\+" foreign)
        breach(1, where, "<" name ".h> is not for " room)
}

function check_own(room, where, name,    to) {
    to = room_of(name)
    if (to == "")
        breach(rule_of(room), where, "\"" name "\" names no room")
    else if (!may_use(room, to))
        breach(rule_of(room), where, room " may not include " to)
}

$1 == "include" {
    room = room_of($2)
    where = $2 ":" $3
    name = $0
    sub(/^[^<"]*[<"]/, "", name)
    sub(/[>"].*/, "", name)
    if (room == "")
        breach(1, where, "a source that is in no room")
    else if ($0 ~ /include *</)
        check_system(room, where, name)
    else
        check_own(room, where, name)
    seen++
    next
}

$1 == "text" {
    breach(3, $2 ":" $3, "an address as a number may end up deciding an order")
    next
}

# ---- What the libraries hold ----

$1 == "archive" {
    room = $2
    next
}

$1 == "member" {
    member = $2
    split("", writable)
    next
}

$1 == "section" {
    # Constants that hold addresses are written once, when the program is loaded.
    if ($4 ~ /W/ && $3 !~ /^\.data\.rel\.ro/)
        writable[$2] = 1
    next
}

function is_ours(name) {
    return name ~ /^(sim|scn|lab|ui)_/
}

# What compilers and sanitizers bring along: checks, and arithmetic on wide integers.
function is_made(name) {
    return name ~ /^__(asan|ubsan|tsan|lsan|sanitizer|sancov|odr_asan|gnu_lto|stack_chk)/ || \
           name ~ /^__(u?(div|mod|divmod)|mul|ashl|ashr|lshr|u?cmp|float|floatun|fix|fixuns|clz|ctz|popcount)[tsdx][if]/ || \
           name ~ /^(_GLOBAL_OFFSET_TABLE_$|\.L)/
}

function is_foreign(name) {
    return (name ~ /^luaL?_/ && header_spec[row(room)] !~ /lua/) || (name ~ /^SDL_/ && header_spec[row(room)] !~ /sdl/) || \
           (name ~ /^(cairo|pango)_/ && header_spec[row(room)] !~ /cairo/)
}

function check_need(name,    spec) {
    gsub(/^__isoc[0-9]+_|^__|_chk$/, "", name)
    spec = call_spec[row(room)]
    if (room ~ /^sim\/|^ui\/view/ && spec !~ /^(any|quiet)/) {
        if (!allowed(spec, calls, name))
            breach(has(noisy, name) ? 7 : 1, room "/" member, "uses " name)
    } else if (spec ~ /^quiet/ && has(noisy, name) && !allowed(spec, calls, name)) {
        breach(7, room "/" member, "uses " name)
    } else if (is_foreign(name)) {
        breach(1, room "/" member, "uses " name)
    }
    if (has(hot[room], member) && name ~ /^(malloc|calloc|realloc|free|mmap)$/)
        breach(5, room "/" member, "uses " name " while requests run")
}

$1 == "symbol" {
    type = $2
    section = $3
    name = $4
    if (is_made(name))
        next
    if (section == "UND" && is_ours(name))
        needs[room SUBSEP member SUBSEP name] = 1
    else if (section == "UND")
        check_need(name)
    else if (section == "COM" || ((type == "OBJECT" || type == "TLS") && section in writable))
        breach(1, room "/" member, "keeps " name " outside of any run")
    if (section != "UND" && is_ours(name))
        home[name] = room
    held[room]++
    next
}

$1 == "unbuilt" {
    breach(1, $2, "has sources but no library to look into")
    next
}

END {
    for (key in needs) {
        split(key, part, SUBSEP)
        to = home[part[3]]
        if (to == "")
            breach(rule_of(part[1]), part[1] "/" part[2], part[3] " is in no library")
        else if (!may_use(part[1], to))
            breach(rule_of(part[1]), part[1] "/" part[2],
                   "uses " part[3] " of " to)
    }
    if (seen == 0)
        breach(1, "sim", "no sources were found")
    exit breaches > 0
}
