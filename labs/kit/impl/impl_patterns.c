#include <stdio.h>
#include <string.h>

#include "labs/kit/impl/impl_patterns.h"
#include "labs/kit/verify_private.h"

// Which patterns an implementation from outside may be of. A further pattern is a further name here, a
// file beside this one, and one in labs/host.

const char *lab_impl_how_it_ended(void *impl)
{
    const struct lab_impl *i = impl;
    return i->end == LAB_IMPL_RUNS ? "" : i->detail;
}

// In the order in which they are told.
static const struct lab_impl_pattern *const patterns[] = { &lab_impl_rate_limit,
                                                           &lab_impl_breaker,
                                                           &lab_impl_budget,
                                                           &lab_impl_retry,
                                                           &lab_impl_concurrency_limit,
                                                           &lab_impl_shed,
                                                           &lab_impl_bulkhead,
                                                           &lab_impl_hedge,
                                                           &lab_impl_cache,
                                                           &lab_impl_balance,
#ifdef LAB_HAS_SQLITE // whose comparison it shares
                                                           &lab_impl_idempotency
#endif
};

#define PATTERNS (sizeof patterns / sizeof *patterns)

const char *lab_impl_pattern(uint32_t n)
{
    return n < PATTERNS ? patterns[n]->name : NULL;
}

static size_t pattern_of(const char *name)
{
    size_t i = 0;
    while (i < PATTERNS && strcmp(patterns[i]->name, name) != 0)
        i++;
    return i;
}

const char *lab_impl_template(const char *pattern)
{
    size_t i = pattern_of(pattern);
    return i < PATTERNS ? patterns[i]->text : NULL;
}

// However it ended before it was asked anything, that is a difference.
static void add_end(const struct lab_impl *i, struct lab_report *out)
{
    struct lab_check check = { .kind = LAB_DECISION, .verdict = LAB_DIFFER, .error = 1 };
    snprintf(check.name, sizeof check.name, "%s", i->def.pattern);
    snprintf(check.detail, sizeof check.detail, "while it was loaded: %s", i->detail);
    lab_report_add(out, &check);
}

static void judge(const struct lab_impl_pattern *p, const struct lab_verify_def *def,
                  struct lab_impl *impl, struct lab_report *out)
{
    if (p->judge)
        p->judge(def, impl, out);
    else
        lab_impl_judge_steps(p, def, impl, out);
}

enum lab_impl_end lab_impl_verify(const struct lab_impl_def *impl,
                                  const struct lab_verify_def *def, struct lab_report *out,
                                  char *why, uint32_t size)
{
    struct lab_impl i;
    size_t pattern = pattern_of(impl->pattern);
    *out = (struct lab_report){ .count = 0 };
    if (pattern == PATTERNS)
        return LAB_IMPL_NOT_LOADABLE;
    if (lab_impl_open(&i, impl)) {
        judge(patterns[pattern], def, &i, out);
        lab_impl_close(&i);
        return LAB_IMPL_RUNS;
    }
    snprintf(why, size, "%s", i.detail);
    if (i.end == LAB_IMPL_NOT_LOADABLE || i.end == LAB_IMPL_OTHER_VERSION)
        return i.end;
    add_end(&i, out);
    return LAB_IMPL_RUNS;
}
