#ifndef LABS_BALANCE_BALANCE_H
#define LABS_BALANCE_BALANCE_H

// Which host the next request goes to. A balancer is told what begins and ends, and knows nothing
// else: n balancers before the same hosts are not one. Time and chance are given: ns of a clock
// that does not go back, draws uniform in [0, 1). Picking takes time for the hosts.
//
// Where all are looked at, ties go to the first host behind the last one picked; else to the one that
// was drawn first. A host that is down is not picked while enough are up; when fewer than the
// panic share are, being up is not believed any more.
//
// Sources: Envoy's load balancer and slow start pages, Finagle's PeakEwma, nginx' smooth weighted
// round robin.

#include <stdbool.h>
#include <stdint.h>

enum lab_balance_kind {
    LAB_BALANCE_ROUND_ROBIN,
    LAB_BALANCE_WEIGHTED_ROUND_ROBIN, // smooth: heavy hosts are not picked in a row
    LAB_BALANCE_RANDOM,               // by weight
    LAB_BALANCE_LEAST_REQUESTS,       // (under way + 1)^bias / weight of all
    LAB_BALANCE_BEST_OF_SOME,         // of `choices` that are drawn: two is "P2C"
    LAB_BALANCE_PEAK_EWMA             // latency * (under way + 1), of `choices`, or of all
};

struct lab_balance_def {
    enum lab_balance_kind kind;
    uint32_t choices; // drawn one after the other, the same one perhaps twice; 0: all
    double bias;
    int64_t tau_ns;        // peak EWMA: how fast a better time is believed
    int64_t refresh_ns;    // the load that is seen is so old at most; 0: always true
    int64_t slow_start_ns; // a host that came up gets its weight over so long; 0: at once
    double slow_start_min; // from this share on
    uint32_t panic_milli;
};

// Envoy's choices (2), bias (1), slow start from a tenth (but off) and panic at half; 10 s.
struct lab_balance_def lab_balance_default(enum lab_balance_kind kind);

struct lab_balance_host {
    double weight; // above 0
    bool is_up;
    int64_t up_ns; // since when

    // Private to balance.c; zero at first.
    uint32_t under_way, seen; // truly, and as it was when the load was looked at
    double credit;            // weighted round robin
    double latency_ns;        // peak EWMA; 0: none is known
    int64_t sampled_ns;
};

struct lab_balance_chance {
    double (*draw)(void *ctx);
    void *ctx;
};

#define LAB_BALANCE_NOBODY UINT32_MAX

// The hosts are the caller's, [count].
struct lab_balance {
    struct lab_balance_def def;
    struct lab_balance_host *hosts;
    uint32_t count, next; // next: in turn, and among equals
    int64_t looked_ns;
    bool has_looked;
};

void lab_balance_init(struct lab_balance *b, const struct lab_balance_def *def,
                      struct lab_balance_host *hosts, uint32_t count);

// NOBODY when no host is up, and that is no panic. Takes one draw a choice where something is drawn.
uint32_t lab_balance_pick(struct lab_balance *b, int64_t now_ns,
                          const struct lab_balance_chance *chance);

void lab_balance_began(struct lab_balance *b, uint32_t host);

// took_ns below 0 says that there is no time to learn from.
void lab_balance_ended(struct lab_balance *b, uint32_t host, int64_t took_ns,
                       int64_t now_ns);

#endif
