// The shipped limiters behind the interface for implementations from outside: they have to agree.

#include <stdlib.h>

#include "labs/host/convoy_impl.h"
#include "labs/rate_limit/limit.h"

struct limiter {
    struct lab_limit_def def;
    struct lab_limit limit;
};

static void *open_limiter(const struct convoy_limit_def *def)
{
    struct limiter *l = calloc(1, sizeof *l);
    l->def = (struct lab_limit_def){ .algorithm = (enum lab_limit_algorithm)def->algorithm,
                                     .limit = def->limit,
                                     .window_ns = def->window_ns,
                                     .burst = def->burst };
    lab_limit_init(&l->limit, &l->def);
    return l;
}

static struct convoy_limit_answer take(void *limiter, uint32_t cost, int64_t now_ns)
{
    struct limiter *l = limiter;
    struct lab_limit_answer a = lab_limit_take(&l->limit, &l->def, cost, now_ns);
    return (struct convoy_limit_answer){ a.is_allowed, a.wait_ns };
}

static void close_limiter(void *limiter)
{
    struct limiter *l = limiter;
    lab_limit_fini(&l->limit, &l->def);
    free(l);
}

const struct convoy_rate_limit convoy_rate_limit = { CONVOY_IMPL_VERSION, open_limiter,
                                                     take, close_limiter };
