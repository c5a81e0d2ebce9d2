#ifndef CONVOY_IMPL_H
#define CONVOY_IMPL_H

// What an implementation of your own looks like to `convoy verify PATTERN --impl ./mine.so`. It is
// a shared library that exports one object, named after the pattern. `convoy lab new-impl PATTERN`
// writes one to begin with.
//
// It runs alone in a process of its own, with the C library and libm, and is asked about one thing
// after the other. It may compute, allocate up to 256 MB and print a little; it may not begin
// processes or threads, open files, or talk to anybody. What it answers is compared outside.

#include <stdint.h>

#define CONVOY_IMPL_VERSION 1u

// ---- rate_limit: may this call go on now? One open limiter is one key ----

enum convoy_limit_algorithm {
    CONVOY_TOKEN_BUCKET, // burst tokens at first; limit a window come back, never more than burst
    CONVOY_LEAKY_BUCKET, // a level that drains limit a window, and may reach burst
    CONVOY_LEAKY_QUEUE,  // burst may wait; one leaves each window / limit
    CONVOY_GCRA,         // burst, and one at once
    CONVOY_FIXED_WINDOW, // limit in each window; they begin at whole multiples of their length
    CONVOY_SLIDING_LOG,    // limit in any window; a call as old as the window has left
    CONVOY_SLIDING_COUNTER // before * share in view + now + cost - 1 < limit
};

struct convoy_limit_def {
    enum convoy_limit_algorithm algorithm;
    uint32_t limit;    // calls a window, at least 1
    int64_t window_ns; // at least 1
    uint32_t burst;    // of the first four; at least 1, of GCRA 0
};

struct convoy_limit_answer {
    int is_allowed;
    int64_t wait_ns; // of the queue, allowed: until it leaves, rounded up; else 0
};

struct convoy_rate_limit {
    uint32_t version; // CONVOY_IMPL_VERSION
    // NULL: that algorithm is not implemented.
    void *(*open)(const struct convoy_limit_def *def);
    // A call that counts as cost, at least 1, at a time that mostly does not go back; where it does
    // the clock is taken to stand still. A call that is refused changes nothing.
    struct convoy_limit_answer (*take)(void *limiter, uint32_t cost, int64_t now_ns);
    void (*close)(void *limiter);
};

extern const struct convoy_rate_limit convoy_rate_limit;

// ---- breaker: may this call go out, and what does its end say? One open breaker is one caller's ----

enum convoy_breaker_kind {
    CONVOY_BREAKER_COUNT, // resilience4j: shares of the last `window` calls
    CONVOY_BREAKER_TIME, // the same of the calls of the last `window` slices, the open one with them
    CONVOY_BREAKER_HYSTRIX, // looks when it is asked, at a picture that is snapshot_ns old at most
    CONVOY_BREAKER_POLLY,    // looks after failures only, and forgets when it opens
    CONVOY_BREAKER_PYBREAKER // min_calls failures without a success between them
};

struct convoy_breaker_def {
    enum convoy_breaker_kind kind;
    uint32_t window;               // calls, or slices
    int64_t slice_ns, snapshot_ns; // slices begin at whole multiples of their length
    uint32_t min_calls;            // below it there is no share
    uint32_t failure_milli;        // opens at this share, thousandths, or more
    uint32_t slow_milli;           // the same of slow calls; above 1000: never
    int64_t slow_ns;               // slow is what took longer
    int64_t open_ns;      // the next call is a probe from then on; Hystrix': after it
    int64_t half_open_ns; // opens again when undecided for so long; 0: never
    uint32_t probes;      // at once while half open; of the first two all decide together
    uint32_t successes;   // of the others: so many, one by one, close it
    int is_automatic;     // half open by itself and not with the next call
};

enum convoy_breaker_state {
    CONVOY_CLOSED,
    CONVOY_OPEN,
    CONVOY_HALF_OPEN,
    CONVOY_DISABLED,   // lets all through and counts nothing
    CONVOY_FORCED_OPEN // refuses all
};

enum convoy_breaker_outcome {
    CONVOY_SUCCEEDED,
    CONVOY_FAILED,
    CONVOY_IGNORED // says nothing: it gives its permit back
};

struct convoy_breaker {
    uint32_t version; // CONVOY_IMPL_VERSION
    // Closed. NULL: that kind is not implemented.
    void *(*open)(const struct convoy_breaker_def *def);
    // Times do not go back.
    int (*allows)(void *breaker, int64_t now_ns);
    // A result counts in the state that is current when it comes.
    void (*record)(void *breaker, enum convoy_breaker_outcome outcome, int64_t took_ns,
                   int64_t now_ns);
    // By hand, into closed, disabled or forced open.
    void (*force)(void *breaker, enum convoy_breaker_state state, int64_t now_ns);
    enum convoy_breaker_state (*state)(void *breaker, int64_t now_ns);
    void (*close)(void *breaker);
};

extern const struct convoy_breaker convoy_breaker;

// ---- budget: may this client retry at all? One open budget is for all calls to one server ----

enum convoy_budget_kind {
    CONVOY_BUDGET_BUCKET, // a deposit at each first try or each success, a price for each retry
    CONVOY_BUDGET_BROOKER, // the same, and needs more than the price
    CONVOY_BUDGET_GRPC, // a failure costs a token, a success brings some, retries while over half
    CONVOY_BUDGET_FINAGLE, // over any ttl: retries <= share of the requests + the reserve
    CONVOY_BUDGET_ENVOY, // at any moment: retries <= share of the requests under way, or the reserve
    CONVOY_BUDGET_AWS,         // a retry takes its price, and its success brings that back
    CONVOY_BUDGET_FAILURE_RATE // none while more than a share of the requests so far have failed
};

struct convoy_budget_def {
    enum convoy_budget_kind kind;
    // Thousandths of a token; full at first.
    uint32_t most_milli, deposit_milli, price_milli;
    uint32_t late_price_milli; // AWS: of a retry after a timeout
    int deposits_at_try;       // and not at each success
    uint32_t share_milli, reserve;
    int64_t ttl_ns;
};

enum convoy_budget_outcome {
    CONVOY_BUDGET_SUCCESS,
    CONVOY_BUDGET_FAILURE,
    CONVOY_BUDGET_OTHER // says nothing of the server's health
};

struct convoy_budget {
    uint32_t version; // CONVOY_IMPL_VERSION
    // NULL: that kind is not implemented.
    void *(*open)(const struct convoy_budget_def *def);
    void (*began)(void *budget, int64_t now_ns); // a first try; a retry is none
    // An attempt, first or not, ended so. paid_milli: what it took as a retry; a first try 0.
    void (*answered)(void *budget, enum convoy_budget_outcome outcome, uint32_t paid_milli);
    // May a retry go out, after a timeout or another failure? *paid_milli: what it takes.
    int (*allows)(void *budget, int was_timeout, int64_t now_ns, uint32_t *paid_milli);
    void (*retry_ended)(void *budget);
    void (*request_ended)(void *budget); // with all of its attempts
    void (*close)(void *budget);
};

extern const struct convoy_budget convoy_budget;

// ---- retry: is a call that failed tried again, and after how long? One open retry is one client's ----

// The wait before retry n, n from 0; U(a, b) is a + (b - a) * chance, and e is min(cap, base * factor^n).
// Rounded to the nearest ns; capped at INT64_MAX / 4 where nothing else does.
enum convoy_backoff {
    CONVOY_BACKOFF_CAPPED,          // e
    CONVOY_BACKOFF_FULL_JITTER,     // U(0, e)
    CONVOY_BACKOFF_EQUAL_JITTER,    // e / 2 + U(0, e / 2)
    CONVOY_BACKOFF_DECORRELATED,    // s = min(cap, U(base, 3 * s)), from s = base
    CONVOY_BACKOFF_TENACITY,        // max(floor, min(base * factor^n + U(0, jitter), cap))
    CONVOY_BACKOFF_TENACITY_RANDOM, // U(floor, max(floor, e))
    CONVOY_BACKOFF_GRPC,            // e * U(1 - spread, 1 + spread); at most 5 attempts
    CONVOY_BACKOFF_GRPC_LEGACY,     // U(0, e); at most 5 attempts
    CONVOY_BACKOFF_ENVOY,           // U(0, min(cap, (2^(n+1) - 1) * base))
    CONVOY_BACKOFF_RESILIENCE4J,    // min(cap, base * factor^n * U(1 - spread, 1 + spread))
    CONVOY_BACKOFF_POLLY_CONSTANT,  // min(cap, base * U(1 - spread, 1 + spread))
    CONVOY_BACKOFF_POLLY_LINEAR,    // min(cap, base * (n + 1) * U(1 - spread, 1 + spread))
    // min(cap, base / 1.4 * (f(U(n, n + 1)) - the f before)); f(t) is 2^t * tanh(sqrt(4 * t)), and the
    // one before the first is 0.
    CONVOY_BACKOFF_POLLY_EXPONENTIAL,
    CONVOY_BACKOFF_CELERY // floor(U(0, c + 1)) seconds; c: min(cap, base * 2^n) in whole seconds
};

#define CONVOY_RETRY_NO_ADVICE INT64_MAX

struct convoy_retry_def {
    enum convoy_backoff backoff;
    int64_t base_ns, cap_ns, floor_ns, jitter_ns;
    double factor, spread;
    uint32_t max_attempts; // with the first; 0: any number
};

enum convoy_retry_failure {
    CONVOY_RETRY_TRANSIENT, // worth another try
    CONVOY_RETRY_FATAL      // is not
};

struct convoy_retry {
    uint32_t version; // CONVOY_IMPL_VERSION
    // Its first call begins at once. NULL: that backoff is not implemented.
    void *(*open)(const struct convoy_retry_def *def);
    void (*begins)(void *retry); // another call; nothing of the last one counts any more
    // An attempt has failed. How long to wait for the next, in ns; below 0: there is none. advice_ns: the
    // server's push-back, which is the wait exactly, and the one after begins from the first again; below
    // 0 it asks for no retry; CONVOY_RETRY_NO_ADVICE: it said nothing. chance: for this wait, uniform in
    // [0, 1).
    int64_t (*failed)(void *retry, enum convoy_retry_failure failure, int64_t advice_ns,
                      double chance);
    void (*close)(void *retry);
};

extern const struct convoy_retry convoy_retry;

// ---- Chance, where more than one draw may be needed ----

struct convoy_chance {
    double (*draw)(void *ctx); // the next one, uniform in [0, 1)
    void *ctx;
};

// ---- concurrency_limit: may one more begin? The limit follows how long requests take ----

// A sample whose in_flight is less than half of the limit leaves it unused. What a kind wants is kept
// within min and max, and then the limit becomes (1 - smoothing) * limit + smoothing * wanted;
// Gradient2 keeps within them what comes of that.
enum convoy_concurrency_kind {
    CONVOY_CONCURRENCY_FIXED,
    // Dropped, or took longer than the timeout: floor(limit * backoff); else limit + 1, where it is used.
    CONVOY_CONCURRENCY_AIMD,
    // Counts samples; the count reaches probe * limit * (0.5 + draw / 2): this one took the unloaded time,
    // and it counts and draws anew. Else, when it took less, or is the first: the same without that.
    // Else a step is floor(log10(floor(limit))), at least 1, and ceil(limit * (1 - unloaded / took)) are
    // queued: dropped: - step; unused: as it is; at most a step are queued: + 6 steps; fewer than 3:
    // + step; more than 6: - step.
    CONVOY_CONCURRENCY_VEGAS,
    // Usual is the mean of the first 10 samples, then it moves by (took - usual) * 2 / (long_window + 1).
    // Where it is more than twice this time, it is 0.95 of that for the next sample. Used: limit *
    // tolerance * usual / took, from half of the limit to all of it, and queue more.
    CONVOY_CONCURRENCY_GRADIENT2
};

struct convoy_concurrency_limit_def {
    enum convoy_concurrency_kind kind;
    uint32_t initial, min, max;
    double smoothing, backoff, tolerance;
    int64_t timeout_ns;
    uint32_t queue, long_window, probe;
    // Vegas takes one draw in open(), and one with each probe; nothing else takes any. It is there until
    // close().
    struct convoy_chance chance;
};

struct convoy_concurrency_sample {
    int64_t took_ns;
    uint32_t in_flight; // when it began, itself included
    int was_dropped;
};

struct convoy_concurrency_limit {
    uint32_t version; // CONVOY_IMPL_VERSION
    // NULL: that kind is not implemented.
    void *(*open)(const struct convoy_concurrency_limit_def *def);
    // While so many are under way: fewer than the limit, rounded down.
    int (*allows)(void *limiter, uint32_t in_flight);
    // One ended. Returns the limit from now on, to a millionth.
    double (*sample)(void *limiter, const struct convoy_concurrency_sample *sample);
    void (*close)(void *limiter);
};

extern const struct convoy_concurrency_limit convoy_concurrency_limit;

// ---- shed: who is served next, and who is not worth it any more? One open shed is one line ----

enum convoy_shed_kind {
    // RFC 8289, section 5: who is next is looked at with how long it has waited, until one passes. Never
    // empty, and at the target or above for a whole interval, it drops; then again after interval /
    // sqrt(how many have been dropped in this spell), rounded. A spell within 16 intervals of the last
    // one's next drop goes on from what that one has added to its count, where that is more than 1.
    CONVOY_SHED_CODEL,
    CONVOY_SHED_ADAPTIVE_LIFO, // the oldest, but while lifo_from or more wait the newest; drops nobody
    // The oldest. Who comes when the line has not been empty for longer than the interval may wait for the
    // target, everybody else for the interval; who has waited longer than it may is dropped.
    CONVOY_SHED_CONTROLLED
};

struct convoy_shed_def {
    enum convoy_shed_kind kind;
    int64_t target_ns, interval_ns;
    uint32_t lifo_from;
    int64_t opened_ns; // the line is empty then
};

struct convoy_shed {
    uint32_t version; // CONVOY_IMPL_VERSION
    // NULL: that kind is not implemented.
    void *(*open)(const struct convoy_shed_def *def);
    // `who`, from 1, comes. Returns how long it may wait, in ns; INT64_MAX: for ever. Times do not go back.
    int64_t (*comes)(void *shed, uint32_t who, int64_t now_ns);
    // A worker is free: who is served? 0: nobody. Whoever is dropped on the way is written to `dropped`, in
    // order, and their number to *count, which is 0 before; there is room for all that wait.
    uint32_t (*next)(void *shed, int64_t now_ns, uint32_t *dropped, uint32_t *count);
    void (*close)(void *shed);
};

extern const struct convoy_shed convoy_shed;

// ---- bulkhead: may this call go in, or wait? One open bulkhead is the way to one neighbour ----

enum convoy_bulkhead_kind {
    CONVOY_BULKHEAD_PLACES,     // so many at once
    CONVOY_BULKHEAD_CONNECTIONS // the same, and each has a connection, of which some are kept
};

struct convoy_bulkhead_def {
    enum convoy_bulkhead_kind kind;
    uint32_t size,
        max_overflow; // places; connections that are kept, and those that are not
    uint32_t max_waiting;
    int64_t max_wait_ns; // 0: nobody waits; INT64_MAX: for ever
    int64_t max_idle_ns; // a connection that was idle for longer is not used any more
};

enum convoy_bulkhead_answer {
    CONVOY_BULKHEAD_REFUSED, // no place, and none to wait in
    CONVOY_BULKHEAD_INSIDE, // with a connection that was idle, the one that was for longest
    CONVOY_BULKHEAD_OPENS,  // inside, and opens its connection: none is idle
    CONVOY_BULKHEAD_WAITS
};

struct convoy_bulkhead {
    uint32_t version; // CONVOY_IMPL_VERSION
    // NULL: that kind is not implemented.
    void *(*open)(const struct convoy_bulkhead_def *def);
    // `who`, from 1, asks. Times do not go back.
    enum convoy_bulkhead_answer (*enter)(void *bulkhead, uint32_t who, int64_t now_ns);
    // One that was inside has ended. Returns who goes in instead: who waits longest; 0: nobody waits. A
    // connection that is not broken is given to that one, or is idle from now on; if `size` are by then,
    // it is closed.
    uint32_t (*leave)(void *bulkhead, int is_broken, int64_t now_ns);
    // `who`, that waits, goes away.
    void (*cancel)(void *bulkhead, uint32_t who);
    // The instant is over: who has waited for max_wait by then gives up. Returns how many do. It is told
    // of an instant before all that comes later, and perhaps more than once.
    uint32_t (*expire)(void *bulkhead, int64_t at_ns);
    void (*close)(void *bulkhead);
};

extern const struct convoy_bulkhead convoy_bulkhead;

// ---- hedge: is the same request sent again before it failed? One open hedge is one call at a time ----

#define CONVOY_HEDGE_AFTER_FAILURE ((int64_t)-1)
#define CONVOY_HEDGE_NEVER         INT64_MAX

struct convoy_hedge_def {
    uint32_t max_attempts; // with the first
    int64_t
        delay_ns; // after each that is sent, for the next; 0: all at once; or after a failure only
    int is_grpc; // more than 5 attempts are taken for 5
    int is_tied; // the first that a server starts on cancels the others
    // Whether a budget lets another attempt out. It is to be asked before each but the first, while there
    // are any left; a no is none for now, and the timer is set again. It is there until close().
    int (*allows)(void *ctx);
    void *ctx;
};

enum convoy_hedge_verdict {
    CONVOY_HEDGE_WAITS,
    CONVOY_HEDGE_SUCCEEDED,
    CONVOY_HEDGE_FAILED // nothing is under way any more, or it was fatal
};

// Attempts are numbered from 0 in the order in which they are sent.
struct convoy_hedge_answer {
    enum convoy_hedge_verdict verdict;
    uint32_t send; // so many more attempts
    uint32_t
        cancel; // the attempts whose bits are set: with a verdict, all that are under way
    int64_t
        next_ns; // when the timer is due; CONVOY_HEDGE_NEVER: it is not, as after a verdict
};

struct convoy_hedge {
    uint32_t version; // CONVOY_IMPL_VERSION
    // NULL: such hedges are not implemented.
    void *(*open)(const struct convoy_hedge_def *def);
    // A call; nothing of the last one counts any more. Times do not go back.
    struct convoy_hedge_answer (*begin)(void *hedge, int64_t now_ns);
    // At next_ns, or later.
    struct convoy_hedge_answer (*timer)(void *hedge, int64_t now_ns);
    // Of an attempt that is no longer under way, these change nothing. One that failed is followed by the
    // next at once, unless it was fatal; only one that is sent sets the timer.
    struct convoy_hedge_answer (*failed)(void *hedge, uint32_t attempt, int is_fatal,
                                         int64_t now_ns);
    struct convoy_hedge_answer (*succeeded)(void *hedge, uint32_t attempt, int64_t now_ns);
    struct convoy_hedge_answer (*started)(void *hedge, uint32_t attempt, int64_t now_ns);
    void (*close)(void *hedge);
};

extern const struct convoy_hedge convoy_hedge;

// ---- cache: is it there, does this one load it, or wait for who does? One open cache is one process' ----

struct convoy_cache_def {
    uint32_t capacity; // keys, those that are being loaded among them
    int64_t ttl_ns;    // a value counts until just before it was loaded so long ago
    int loads_alone; // who asks for what is being loaded waits for that; else everybody loads
};

enum convoy_cache_answer {
    CONVOY_CACHE_FULL,  // loads it without the cache: each place is being loaded for
    CONVOY_CACHE_LOADS, // and says how that went
    CONVOY_CACHE_WAITS,
    CONVOY_CACHE_HITS
};

struct convoy_cache {
    uint32_t version; // CONVOY_IMPL_VERSION
    // NULL: such a cache is not implemented.
    void *(*open)(const struct convoy_cache_def *def);
    // Times do not go back. A hit writes *value; LOADS writes *load, a number of yours for this load. A key
    // that is new takes a free place, or that of the key that was asked for the longest time ago, but for
    // those that are being loaded.
    enum convoy_cache_answer (*ask)(void *cache, uint64_t key, int64_t now_ns,
                                    uint64_t *value, uint64_t *load);
    // That load ended, with a value or, NULL, without one. Returns whether the value is kept: not where the
    // cache was flushed meanwhile. Without one the key stays while it is being loaded or has a value.
    int (*loaded)(void *cache, uint64_t load, const uint64_t *value, int64_t now_ns);
    void (*flush)(void *cache); // forgets all keys
    void (*close)(void *cache);
};

extern const struct convoy_cache convoy_cache;

// ---- balance: which host does the next request go to? One open balancer sees its own requests only ----

// Where all hosts are looked at, ties go to the first behind the one that was picked last, round the end;
// where some are drawn, to who was drawn first. Costs within a part in 10^9 are a tie.
enum convoy_balance_kind {
    CONVOY_BALANCE_ROUND_ROBIN,
    // Smooth: each earns its weight, the richest (the first of them) is picked and pays for all.
    CONVOY_BALANCE_WEIGHTED_ROUND_ROBIN,
    CONVOY_BALANCE_RANDOM, // by weight: a draw times all weights, counted off in order
    CONVOY_BALANCE_LEAST_REQUESTS, // least (under way + 1)^bias / weight of all
    CONVOY_BALANCE_BEST_OF_SOME, // the same of `choices`: each is draw * how many may be picked
    // Least latency * (under way + 1), of `choices`, or of all where that is 0. Latency jumps to a time that
    // is longer, and else is latency * left + time * (1 - left), where left is exp(-since the last one /
    // tau); to compare a host is a time of 0. Who never answered and has requests costs 10^15 and as many.
    CONVOY_BALANCE_PEAK_EWMA
};

#define CONVOY_BALANCE_HOSTS  8
#define CONVOY_BALANCE_NOBODY UINT32_MAX

struct convoy_balance_def {
    enum convoy_balance_kind kind;
    uint32_t hosts; // all up since opened_ns, and idle
    double weights[CONVOY_BALANCE_HOSTS];
    int64_t opened_ns;
    uint32_t choices;
    double bias;
    int64_t tau_ns;
    int64_t
        refresh_ns; // what is under way is looked at when one is picked, and is so old at most
    int64_t
        slow_start_ns; // a weight counts by the share of it that the host is up for; 0: at once
    double slow_start_min; // and by so much at least
    uint32_t panic_milli;  // fewer than this share up: all may be picked, as if they were
    struct convoy_chance chance; // one draw a host that is drawn; it is there until close()
};

struct convoy_balance {
    uint32_t version; // CONVOY_IMPL_VERSION
    // NULL: that kind is not implemented.
    void *(*open)(const struct convoy_balance_def *def);
    // Who is picked has one more under way. NOBODY: none is up. Times do not go back.
    uint32_t (*pick)(void *balance, int64_t now_ns);
    // One that was picked ended; took_ns below 0: there is no time to learn from.
    void (*ended)(void *balance, uint32_t host, int64_t took_ns, int64_t now_ns);
    // A host comes up, anew if it was down, or goes down; what is under way there goes on.
    void (*turn)(void *balance, uint32_t host, int is_up, int64_t now_ns);
    void (*close)(void *balance);
};

extern const struct convoy_balance convoy_balance;

// ---- idempotency: has this been asked for before? One open store is of one server ----

// Of a key is known nothing, that somebody works for it, or what came of that. All of it is forgotten
// expiry after the key was taken last, but not while somebody works for it. Who does and takes as long as
// the lease is thought dead: whoever asks then takes the key over. Both are over at their very instant.
struct convoy_idempotency_def {
    int64_t lease_ns, expiry_ns;
    int replays_errors; // a failure is an answer too; else the key is free again
};

enum convoy_idempotency_answer {
    CONVOY_IDEMPOTENCY_MISMATCH,    // known of another fingerprint, lease or not
    CONVOY_IDEMPOTENCY_IN_PROGRESS, // somebody works for it
    CONVOY_IDEMPOTENCY_RUNS,        // this one takes the key
    CONVOY_IDEMPOTENCY_REPLAYS      // the answer is there
};

enum convoy_idempotency_outcome {
    CONVOY_IDEMPOTENCY_ENDED_WELL, // it is an answer
    CONVOY_IDEMPOTENCY_FAILED,
    CONVOY_IDEMPOTENCY_REFUSED // before anything was done: never an answer, the key is free again
};

struct convoy_idempotency {
    uint32_t version; // CONVOY_IMPL_VERSION
    // NULL: it is not implemented.
    void *(*open)(const struct convoy_idempotency_def *def);
    // Times do not go back. RUNS writes *work, a number of yours for it; REPLAYS writes *status.
    enum convoy_idempotency_answer (*ask)(void *store, uint64_t key, uint64_t fingerprint,
                                          int64_t now_ns, uint64_t *work, int *status);
    // That work has ended; one that died never does. Returns whether the key was still its own: else
    // nothing changes, and what it did is undone.
    int (*ended)(void *store, uint64_t work, enum convoy_idempotency_outcome outcome,
                 int status, int64_t now_ns);
    void (*close)(void *store);
};

extern const struct convoy_idempotency convoy_idempotency;

#endif
