#!/bin/sh
# test_causes.sh CONVOY SOURCE: without its cause a shipped scenario does not show what it
# claims: each case is a scenario, the settings that take the cause away, and the claim that
# must fail then, on each of three seeds; with the cause it holds.
set -u
convoy=$1 source=$2 failed=0

# JSON writes an expectation a line at least: its text, then whether it passed.
verdict() { # verdict CLAIM <json
    tr -d '\n' | sed 's/.*"expectations": *\[//; s/\] *, *"not_judged".*//' |
        tr '{' '\n' | grep -F "\"text\": \"$1\"" | grep -o '"passed": *[a-z]*' | grep -o '[a-z]*$'
}

# The cause is taken away by a knob, or by a sed expression where no knob turns it.
case_of() { # case_of NAME CLAIM [--set knob=value]...
    name=$1 claim=$2
    shift 2
    for seed in 1 2 3; do
        with=$("$convoy" run "$source/scenarios/$name.lua" --seed $seed --json | verdict "$claim")
        "$convoy" run "$source/scenarios/$name.lua" --seed $seed --json "$@" >"$work/out"
        status=$?
        without=$(verdict "$claim" <"$work/out")
        if [ "$with" != true ] || [ "$without" != false ] || [ $status -ne 1 ]; then
            echo "$name $*, seed $seed: \"$claim\" is ${with:-gone}, and without its cause ${without:-gone} with status $status"
            failed=1
        fi
    done
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

case_of retry-storm 'it does not come back by itself' --set attempts=1
case_of cascade 'one slow leaf takes everything down' --set slow=1
case_of cascade 'and the tiers above are full, though nothing is wrong with them' --set slow=1
case_of cascade 'one slow leaf takes everything down' --set timeout=50ms
case_of vanished-dependency 'so nobody buys either, who never asked it anything' --set way=refuses
case_of vanished-dependency 'and it does not come back when the link does' --set timeout=50ms
case_of noisy-neighbour 'one in ten and more is not answered in time' --set stolen=0
case_of noisy-neighbour 'one in ten and more is not answered in time' --set balance=least_requests
case_of poison-pill 'three requests kill six times and more' --set attempts=1
case_of poison-pill 'and hundreds of requests that are well fail with them' --set made_of=processes
case_of slow-link 'items wait behind exports' --set left=50MB
case_of slow-link 'items wait behind exports' --set page=100KB
case_of slow-start 'a rolling restart takes all of them away' --set boot=20
case_of slow-start 'a rolling restart takes all of them away' --set cure=startup
case_of store-failover 'nobody is charged twice' --set failure=open
case_of store-failover 'but nobody pays while the store is away' --set failure=open
case_of rolling-deploy 'in place, most of what is asked comes to nothing' --set deploy=surge
case_of rolling-deploy 'in place, most of what is asked comes to nothing' --set 'deploy=scaled first'
case_of slow-leak 'then a third of the requests fail' --set leak=5
case_of slow-leak 'the host kills it' --set watched=true
case_of metastable '100 s after the outage it is still down' --set rate=100
case_of metastable '100 s after the outage it is still down' --set drop_expired=true
case_of metastable '100 s after the outage it is still down' --set tries=1
case_of overload 'in the rush nobody is served in time' --set line=lifo
case_of overload 'and for half a minute after it nobody is either' --set line=short
case_of concurrency-limits 'without a limit nobody is served in time' --set limit=fixed
case_of concurrency-limits 'nor when the database is well again' --set limit=aimd
case_of adaptive-throttling 'in the rush nobody is served in time' --set k=2
case_of outbox 'orders are lost where the message comes after' --set way=outbox
case_of outbox 'orders are lost where the message comes after' --set 'way=publish first'
case_of policy-order 'in the usual order retries mend what is half broken' --set 'order=timeout outside'
case_of policy-order 'in the usual order the breaker hears of each attempt' --set 'order=retry inside'
case_of fan-out 'and whoever wants one thing stands behind them' --set fanout=5
case_of fan-out 'unbounded, the reports take every connection' --set cure=bounded
case_of convoy-effect 'an echo beside a computing thread waits a switch interval' --set busy=0
case_of too-many-threads 'enough threads: the answer takes little more than the work' --set threads=4
case_of tail-at-scale 'the median page is as slow as the slowest leaf' --set fanout=1
case_of tail-at-scale 'two of three pages are slow' --set need=97
case_of power-of-two 'two choices: some 2.6 times the work' --set balance=random
case_of power-of-two 'two choices are at least three times better' --set balance=random
case_of gil-threads 'one thread does 100 a second' --set threads=4 --set code=native
case_of oom-restart-loop 'the host kills it again and again' --set leak=0
case_of oom-restart-loop 'the host kills it again and again' --set recycle=true
case_of executors-on-cpu-work 'threads do no more than one of them' --set executor=subinterpreters
case_of executors-on-cpu-work 'their time goes into waiting for the GIL' --set executor=free-threaded
case_of concurrency-models 'threads use one core of four' --set executor=processes
case_of concurrency-models 'threads use one core of four' --set executor=free-threaded
case_of concurrency-models 'their time goes into waiting for the GIL' --set work=io
case_of control-plane 'a thread that computes takes the GIL from the loop' --set where=native
case_of control-plane 'a thread that computes takes the GIL from the loop' --set compute=0.1ms
case_of process-pools 'one worker that dies breaks the pool, and with it the service' --set crash=false
case_of process-pools 'one worker that dies breaks the pool, and with it the service' --set on_crash=isolate
case_of fastapi-vs-django 'tasks wait for a slow database by the dozen' --set framework=django --set workers=5
case_of fastapi-vs-django 'tasks wait for a slow database by the dozen' --set driver=blocking
case_of fastapi-vs-django 'a report stalls those that share its loop' --set driver=threads
case_of another-interpreter 'CPython does 100 a second' --set jit=true
case_of worker-timeout 'stalled workers are killed mid-request' --set worker_class=gthread
case_of worker-timeout 'stalled workers are killed mid-request' --set timeout=30
case_of celery-prefetch 'some mails wait for a report' --set prefetch_multiplier=1 --set acks_late=true
case_of loop-lag 'the 99th percentile is not' --set heavy=0
case_of loop-lag 'the probe sees it' --set cure=process
case_of loop-lag 'the probe sees it' --set cure=thread
case_of blocked-loop 'a loop that only awaits has no lag' --set fetch=blocking
case_of blocked-loop 'and items are quick' --set fetch=compute
case_of ghost-work 'a swallowed cancellation becomes ghost work' --set swallow=false
case_of ghost-work 'seconds of it' --set swallow=false
case_of rate-limits 'a bucket lets its burst through, and then the rate' --set burst=20
case_of rate-limits 'a bucket lets its burst through, and then the rate' --set limit=50
case_of rate-limits 'a bucket lets its burst through, and then the rate' --set algorithm=sliding_log
case_of rate-limits 'a bucket lets its burst through, and then the rate' --set replicas=4
case_of shared-limit 'four replicas that count for themselves let all of it through' --set in_a_store=true --set atomic=true
case_of shared-limit 'four replicas that count for themselves let all of it through' --set rate=600
case_of noisy-tenant 'the others lose a third' --set limit=each
case_of noisy-tenant 'nobody limits, and the loud one has what there is' --set noisy=100
case_of hello 'nobody waits long' --set rate=520
exit $failed
