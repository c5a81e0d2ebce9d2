#ifndef LABS_BUDGET_BUDGET_H
#define LABS_BUDGET_BUDGET_H

// May this client retry at all, given what its calls went like? One budget is for all calls to
// one server. It is told of every first try, every answer and every end, and asked before each
// retry. Time is given, in ns of a clock that does not go back.
//
// Nothing is rounded: tokens are counted in thousandths. Whoever holds a budget sees to it that
// calls do not overlap; shared_budget.h does.
//
// Sources: grpc/proposal A6 (throttling); Finagle's RetryBudget; Envoy's RetryBudget
// (circuit_breaker.proto); Brooker, "Fixing retries with token buckets and circuit breakers"
// (2022) and the program beside it, which has the failure rate too; the AWS SDKs' standard mode
// (botocore/retries/standard.py).

#include <stdbool.h>
#include <stdint.h>

enum lab_budget_kind {
    LAB_BUDGET_BUCKET, // plain: a deposit at each first try or success, a price for each retry
    LAB_BUDGET_GRPC, // a failure costs a token, a success brings some, retries while over half
    LAB_BUDGET_FINAGLE, // over any ttl: retries <= share of the requests + a reserve
    LAB_BUDGET_ENVOY, // at any moment: retries <= share of the requests under way, or a few
    LAB_BUDGET_AWS,   // a quota: a retry takes its price, and its success brings that back
    LAB_BUDGET_FAILURE_RATE // none while more than a share of the requests so far have failed
};

struct lab_budget_def {
    enum lab_budget_kind kind;
    // Bucket, gRPC and AWS, in thousandths of a token. The bucket is full at first.
    uint32_t most_milli, deposit_milli, price_milli;
    uint32_t late_price_milli; // AWS: of a retry after a timeout
    bool deposits_at_try;      // bucket: at each first try and not at each success
    bool is_strict;            // bucket: needs more than the price
    // Finagle, Envoy and the failure rate: the share in thousandths.
    uint32_t share_milli;
    uint32_t
        reserve; // Finagle: retries in any ttl that are always there; Envoy: at any moment
    int64_t ttl_ns; // Finagle
};

// gRPC's proposal's example (10 tokens, 0.1 a success), Finagle's (20 %, 10 s, 10 a second) and
// Envoy's (20 %, 3) defaults; for a bucket, Brooker's prose (5 tokens, 0.1 a success, 1 a retry); of
// AWS 500 tokens, 5 a retry, 10 after a timeout, 1 for a success that needed none; a tenth failed.
struct lab_budget_def lab_budget_default(enum lab_budget_kind kind);

// Brooker's program: it deposits at each first try, and needs more than one token.
struct lab_budget_def lab_budget_brooker_program(void);

enum lab_budget_outcome {
    LAB_BUDGET_SUCCESS,
    LAB_BUDGET_FAILURE, // one that may be retried, or whose server asked for no retry
    LAB_BUDGET_OTHER    // any other error: says nothing of the server's health
};

struct lab_budget_entry {
    int64_t at_ns;
    int64_t milli; // what came in, or went out, at that instant
};

struct lab_budget {
    struct lab_budget_def def; // constant
    int64_t level_milli; // of the bucket, or of what Finagle remembers, without the reserve
    int64_t requests, retries;    // Envoy: under way; failure rate: so far
    int64_t failures;             // failure rate: so far
    struct lab_budget_entry *log; // Finagle: a ring of [room], owned
    uint32_t first, count, room;
};

void lab_budget_init(struct lab_budget *b, const struct lab_budget_def *def);
void lab_budget_fini(struct lab_budget *b);

// A first try goes out. A retry does not count as one.
void lab_budget_began(struct lab_budget *b, int64_t now_ns);

// An attempt, first or not, had this outcome.
void lab_budget_answered(struct lab_budget *b, enum lab_budget_outcome outcome);

// May a retry go out? It is paid for by asking, and is under way until it ends.
bool lab_budget_allows(struct lab_budget *b, int64_t now_ns);

// The same after a timeout or another failure; *paid_milli is what it took. Where it ends well the
// second says so, and AWS has it back; a first try that does has paid 0.
bool lab_budget_allows_after(struct lab_budget *b, bool was_timeout, int64_t now_ns,
                             uint32_t *paid_milli);
void lab_budget_succeeded(struct lab_budget *b, uint32_t paid_milli);

void lab_budget_retry_ended(struct lab_budget *b);
void lab_budget_request_ended(struct lab_budget *b); // with all of its attempts

#endif
