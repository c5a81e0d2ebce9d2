#include "labs/budget/shared_budget.h"

bool lab_shared_budget_init(struct lab_shared_budget *s, const struct lab_budget_def *def)
{
    lab_budget_init(&s->budget, def);
    return pthread_mutex_init(&s->mutex, NULL) == 0;
}

void lab_shared_budget_fini(struct lab_shared_budget *s)
{
    pthread_mutex_destroy(&s->mutex);
    lab_budget_fini(&s->budget);
}

void lab_shared_budget_began(struct lab_shared_budget *s, int64_t now_ns)
{
    pthread_mutex_lock(&s->mutex);
    lab_budget_began(&s->budget, now_ns);
    pthread_mutex_unlock(&s->mutex);
}

void lab_shared_budget_answered(struct lab_shared_budget *s,
                                enum lab_budget_outcome outcome)
{
    pthread_mutex_lock(&s->mutex);
    lab_budget_answered(&s->budget, outcome);
    pthread_mutex_unlock(&s->mutex);
}

bool lab_shared_budget_allows(struct lab_shared_budget *s, int64_t now_ns)
{
    pthread_mutex_lock(&s->mutex);
    bool is_allowed = lab_budget_allows(&s->budget, now_ns);
    pthread_mutex_unlock(&s->mutex);
    return is_allowed;
}

void lab_shared_budget_retry_ended(struct lab_shared_budget *s)
{
    pthread_mutex_lock(&s->mutex);
    lab_budget_retry_ended(&s->budget);
    pthread_mutex_unlock(&s->mutex);
}

void lab_shared_budget_request_ended(struct lab_shared_budget *s)
{
    pthread_mutex_lock(&s->mutex);
    lab_budget_request_ended(&s->budget);
    pthread_mutex_unlock(&s->mutex);
}
