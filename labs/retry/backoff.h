#ifndef LABS_RETRY_BACKOFF_H
#define LABS_RETRY_BACKOFF_H

// How long to wait before retry n, n from 0, in the ways that people know by name. Chance is
// given: each wait that is random takes one draw, uniform in [0, 1), and no other wait takes
// any. U(a, b) is a + (b - a) * draw; times are ns, and what is no whole ns is rounded to the
// nearest.
//
// Sources: Brooker, "Exponential Backoff And Jitter" (AWS, 2015); tenacity's wait.py; Google
// Cloud Storage's retry page; grpc/proposal A6; Envoy's router filter page; resilience4j's
// IntervalFunction; Polly 8's RetryHelper; celery/utils/time.py.

#include <stdbool.h>
#include <stdint.h>

enum lab_backoff_scheme {
    LAB_BACKOFF_CONSTANT,          // base
    LAB_BACKOFF_GOOGLE,            // base * factor^n + U(0, jitter)
    LAB_BACKOFF_CAPPED,            // e = min(cap, base * factor^n)
    LAB_BACKOFF_FULL_JITTER,       // U(0, e)
    LAB_BACKOFF_EQUAL_JITTER,      // e/2 + U(0, e/2)
    LAB_BACKOFF_DECORRELATED,      // s = min(cap, U(base, 3 * s)), from s = base
    LAB_BACKOFF_TENACITY,          // max(floor, min(base * factor^n + U(0, jitter), cap))
    LAB_BACKOFF_TENACITY_RANDOM,   // U(floor, max(floor, e))
    LAB_BACKOFF_GRPC,              // e * U(1 - spread, 1 + spread)
    LAB_BACKOFF_GRPC_LEGACY,       // U(0, e)
    LAB_BACKOFF_ENVOY,             // U(0, min(cap, (2^(n+1) - 1) * base))
    LAB_BACKOFF_RESILIENCE4J,      // min(cap, base * factor^n * U(1 - spread, 1 + spread))
    LAB_BACKOFF_POLLY_CONSTANT,    // base, a linear one base * (n + 1), spread where it
    LAB_BACKOFF_POLLY_LINEAR,      // jitters, and then capped
    LAB_BACKOFF_POLLY_EXPONENTIAL, // base * 2^n, or steps along a curve where it jitters
    LAB_BACKOFF_CELERY             // c = min(cap, base * 2^n) in whole seconds, then 0..c
};

// What a scheme does not name it does not read. The defaults are the project's own where there
// are some; gRPC has none and gets its proposal's example, the plain schemes get
// 100 ms, doubled, up to 10 s.
struct lab_backoff_def {
    enum lab_backoff_scheme scheme;
    int64_t base_ns, cap_ns, floor_ns, jitter_ns; // cap: LAB_BACKOFF_UNCAPPED for none
    double factor, spread;
    bool jitters; // Polly and Celery
    uint32_t
        first; // added to n: 1 does as the AWS simulator, which is a step ahead of its text
};

#define LAB_BACKOFF_UNCAPPED INT64_MAX

// One call's. To begin again from the first wait, make it zero.
struct lab_backoff {
    uint32_t n;
    double previous; // decorrelated: the last wait; Polly's curve: where it stood
};

struct lab_backoff_chance {
    double (*draw)(void *ctx); // uniform in [0, 1)
    void *ctx;
};

struct lab_backoff_def lab_backoff_default(enum lab_backoff_scheme scheme);

// The wait before the next retry; moves on to the one after. At most INT64_MAX / 4.
int64_t lab_backoff_next(struct lab_backoff *b, const struct lab_backoff_def *def,
                         const struct lab_backoff_chance *chance);

#endif
