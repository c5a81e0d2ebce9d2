#include "labs/breaker/shared_breaker.h"

bool lab_shared_breaker_init(struct lab_shared_breaker *s,
                             const struct lab_breaker_def *def)
{
    if (!lab_breaker_init(&s->breaker, def))
        return false;
    if (pthread_mutex_init(&s->mutex, NULL) == 0)
        return true;
    lab_breaker_fini(&s->breaker);
    return false;
}

void lab_shared_breaker_fini(struct lab_shared_breaker *s)
{
    pthread_mutex_destroy(&s->mutex);
    lab_breaker_fini(&s->breaker);
}

bool lab_shared_breaker_allows(struct lab_shared_breaker *s, int64_t now_ns)
{
    pthread_mutex_lock(&s->mutex);
    bool is_allowed = lab_breaker_allows(&s->breaker, now_ns);
    pthread_mutex_unlock(&s->mutex);
    return is_allowed;
}

bool lab_shared_breaker_record(struct lab_shared_breaker *s,
                               enum lab_breaker_outcome outcome, int64_t took_ns,
                               int64_t now_ns)
{
    pthread_mutex_lock(&s->mutex);
    bool opened = lab_breaker_record(&s->breaker, outcome, took_ns, now_ns);
    pthread_mutex_unlock(&s->mutex);
    return opened;
}

enum lab_breaker_state lab_shared_breaker_state(struct lab_shared_breaker *s,
                                                int64_t now_ns)
{
    pthread_mutex_lock(&s->mutex);
    enum lab_breaker_state state = lab_breaker_state(&s->breaker, now_ns);
    pthread_mutex_unlock(&s->mutex);
    return state;
}
