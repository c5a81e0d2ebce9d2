#!/bin/sh
# stress.sh BUILD MINUTES [SEED]: the randomised rounds of the real implementations, each for so many
# minutes, one after the other, from a seed that is said. Ends with the first that fails, and says
# which could not be built here (their libraries are not there).
set -u
build=$1 minutes=$2 seed=${3:-$(date +%s)}
for test in gil/test_gil_threads thread_pool/test_thread_pool_threads lock/test_lock_threads \
    event_loop/test_event_loop_threads process_pool/test_process_pool_threads \
    retry/test_retry_lab budget/test_budget breaker/test_breaker_threads bulkhead/test_gate \
    bulkhead/test_connection_pool rate_limit/test_rate_limiter redis_limit/test_redis_limit \
    idempotency/test_idempotency_crashes outbox/test_outbox_crashes shed/test_shed \
    concurrency_limit/test_concurrency_limit balance/test_balance_lab hedge/test_race \
    cache/test_loader; do
    [ -x "$build/tests/labs/$test" ] || {
        echo "not built: $test"
        continue
    }
    "$build/tests/labs/$test" --minutes "$minutes" --seed "$seed" || {
        echo "failed: $test --minutes $minutes --seed $seed"
        exit 1
    }
done
