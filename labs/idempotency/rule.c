#include "labs/idempotency/idempotency.h"

#define MS ((int64_t)1000000)
#define S  (1000 * MS)

struct lab_idempotency_def lab_idempotency_default(void)
{
    return (struct lab_idempotency_def){ .lease_ns = 60 * S,
                                         .expiry_ns = 24 * 3600 * S,
                                         .replays_errors = true };
}

// What ends beyond the clock's end is kept as it is, above the largest time.
static bool is_over(int64_t until_ns, int64_t now_ns)
{
    return (uint64_t)now_ns >= (uint64_t)until_ns;
}

// DOC(idempotency-lease) A key that is in progress for too long is its process' last word: it is
// free, and not in progress for ever. A done key is free when it has expired.
static bool is_free(const struct lab_idempotency_record *known, int64_t now_ns)
{
    return known->state == LAB_IDEMPOTENCY_ABSENT ||
           (known->state == LAB_IDEMPOTENCY_DONE && is_over(known->expires_ns, now_ns)) ||
           (known->state == LAB_IDEMPOTENCY_HELD &&
            is_over(known->lease_until_ns, now_ns) && is_over(known->expires_ns, now_ns));
}

// A payload that differs is the client's mistake whatever became of the first request.
enum lab_idempotency_verdict
lab_idempotency_decide(const struct lab_idempotency_record *known, uint64_t fingerprint,
                       int64_t now_ns)
{
    if (is_free(known, now_ns))
        return LAB_IDEMPOTENCY_RUN;
    if (known->fingerprint != fingerprint)
        return LAB_IDEMPOTENCY_MISMATCH;
    if (known->state == LAB_IDEMPOTENCY_DONE)
        return LAB_IDEMPOTENCY_REPLAY;
    return is_over(known->lease_until_ns, now_ns) ? LAB_IDEMPOTENCY_RUN
                                                  : LAB_IDEMPOTENCY_IN_PROGRESS;
}
