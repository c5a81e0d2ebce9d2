#!/bin/sh
# stress.sh BUILD MINUTES [SEED]: the randomised rounds of the real implementations, each for so many
# minutes, one after the other, from a seed that is said. Ends with the first that fails.
set -u
build=$1 minutes=$2 seed=${3:-$(date +%s)}
for test in gil/test_gil_threads thread_pool/test_thread_pool_threads lock/test_lock_threads \
    event_loop/test_event_loop_threads process_pool/test_process_pool_threads \
    rate_limit/test_rate_limiter; do
    "$build/tests/labs/$test" --minutes "$minutes" --seed "$seed" || {
        echo "failed: $test --minutes $minutes --seed $seed"
        exit 1
    }
done
