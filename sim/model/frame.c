#include "sim/model/frame.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "sim/model/model_private.h"

static const char *policy_word(const struct sim_model *m, const struct sim_policy *p)
{
    switch (p->kind) {
    case SIM_POLICY_TIMEOUT:
        return "timeout";
    case SIM_POLICY_RETRY:
        return "retry";
    case SIM_POLICY_SEMAPHORE:
        return "semaphore";
    case SIM_POLICY_RATE_LIMIT:
        return "rate_limit";
    case SIM_POLICY_IDEMPOTENCY:
        return "idempotency";
    case SIM_POLICY_BREAKER:
        return "breaker";
    case SIM_POLICY_BULKHEAD:
        return m->bulkheads.at[p->bulkhead].rule.pools ? "connections" : "bulkhead";
    case SIM_POLICY_CONCURRENCY_LIMIT:
        return "concurrency_limit";
    case SIM_POLICY_SHED:
        return "shed";
    case SIM_POLICY_THROTTLE:
        return "throttle";
    case SIM_POLICY_HEDGE:
        return "hedge";
    case SIM_POLICY_FALLBACK:
        return "fallback";
    }
    return "with";
}

static const char *word(const struct sim_model *m, const struct sim_step *s)
{
    static const char *const words[] = { [SIM_STEP_LIST] = "list",
                                         [SIM_STEP_PYTHON] = "python",
                                         [SIM_STEP_NATIVE] = "native",
                                         [SIM_STEP_IO] = "io",
                                         [SIM_STEP_CALL] = "call",
                                         [SIM_STEP_GATHER] = "gather",
                                         [SIM_STEP_FANOUT] = "gather",
                                         [SIM_STEP_MIX] = "choose",
                                         [SIM_STEP_SWITCH] = "choose",
                                         [SIM_STEP_TIMES] = "times",
                                         [SIM_STEP_TRY] = "try",
                                         [SIM_STEP_FAIL] = "fail",
                                         [SIM_STEP_REPLY] = "reply",
                                         [SIM_STEP_SCRIPT] = "function",
                                         [SIM_STEP_BLOCKING] = "blocking",
                                         [SIM_STEP_SPAWN] = "create_task",
                                         [SIM_STEP_SHIELD] = "shield",
                                         [SIM_STEP_STORE] = "store",
                                         [SIM_STEP_EFFECT] = "effect",
                                         [SIM_STEP_CACHED] = "cached",
                                         [SIM_STEP_TRANSACTION] = "transaction",
                                         [SIM_STEP_PUBLISH] = "publish",
                                         [SIM_STEP_NOTHING] = "nothing" };
    if (s->kind == SIM_STEP_OFFLOAD && s->flags & SIM_SERVES)
        return "processes";
    if (s->kind == SIM_STEP_IO && s->flags & SIM_IS_TIMER)
        return "sleep";
    if (s->kind == SIM_STEP_OFFLOAD)
        return m->offloads.at[s->a].pool == 0 ? "to_thread" : "run_in_executor";
    if (s->kind == SIM_STEP_GATHER && s->flags & SIM_GROUP)
        return "task_group";
    if (s->kind == SIM_STEP_WITH)
        return policy_word(m, &m->policies.at[s->a]);
    size_t n = sizeof words / sizeof *words;
    return (size_t)s->kind < n && words[s->kind] ? words[s->kind] : "step";
}

static const char *named(const struct sim_model *m, const struct sim_step *s)
{
    if (s->kind == SIM_STEP_CALL || s->kind == SIM_STEP_PUBLISH)
        return m->calls.at[s->a].target;
    if (s->kind == SIM_STEP_WITH && m->policies.at[s->a].kind == SIM_POLICY_HEDGE)
        return sim_hedge_name(m->hedges.at[m->policies.at[s->a].hedge].scheme);
    if (s->kind == SIM_STEP_CACHED)
        return m->caches.at[m->cached.at[s->a].cache].name;
    if (s->kind == SIM_STEP_WITH && m->policies.at[s->a].kind == SIM_POLICY_SEMAPHORE)
        return m->semaphores.at[m->policies.at[s->a].semaphore].name;
    if (s->kind == SIM_STEP_WITH && m->policies.at[s->a].kind == SIM_POLICY_RATE_LIMIT)
        return sim_limit_name(m->limiters.at[m->policies.at[s->a].limiter].kind);
    if (s->kind == SIM_STEP_WITH && m->policies.at[s->a].kind == SIM_POLICY_BREAKER)
        return sim_breaker_name(m->breakers.at[m->policies.at[s->a].breaker].scheme);
    if (s->kind == SIM_STEP_WITH &&
        m->policies.at[s->a].kind == SIM_POLICY_CONCURRENCY_LIMIT)
        return sim_concurrency_name(
            m->concurrency.at[m->policies.at[s->a].concurrency].rule.kind);
    if (s->kind == SIM_STEP_WITH && m->policies.at[s->a].kind == SIM_POLICY_SHED)
        return m->sheds.at[m->policies.at[s->a].shed].by_utilisation ? "utilisation"
                                                                     : "criticality";
    if (s->kind == SIM_STEP_EFFECT)
        return m->effects.at[s->a].name;
    if (s->kind == SIM_STEP_WITH && m->policies.at[s->a].kind == SIM_POLICY_BULKHEAD)
        return m->bulkheads.at[m->policies.at[s->a].bulkhead].name;
    return "";
}

static bool is_elsewhere(const struct sim_model *m, const struct sim_step *s)
{
    if (s->kind != SIM_STEP_OFFLOAD)
        return false;
    const struct sim_pool_def *pool = &m->pools.at[m->offloads.at[s->a].pool];
    return pool->kind != SIM_POOL_THREADS && !pool->serves;
}

uint32_t sim_frame_of(const struct sim_model *m, uint32_t op)
{
    return op < m->program.count ? m->program.frame_of[op] : SIM_NONE;
}

uint32_t sim_frames(const struct sim_model *m)
{
    return m->program.frame_count;
}

struct sim_frame_view sim_frame_at(const struct sim_model *m, uint32_t frame)
{
    const struct sim_frame *f = &m->program.frames[frame];
    const struct sim_step *s = &m->steps.at[f->step];
    return (struct sim_frame_view){ .kind = s->kind,
                                    .step = f->step,
                                    .flags = s->flags,
                                    .word = word(m, s),
                                    .of = named(m, s),
                                    .line = s->line,
                                    .is_elsewhere = is_elsewhere(m, s),
                                    .parent = f->parent,
                                    .first = f->first };
}

// Handlers and requests are compiled one after the other before all fragments.
uint32_t sim_frame_route(const struct sim_model *m, uint32_t frame)
{
    uint32_t root = 0;
    for (uint32_t i = 0; i < frame; i++)
        root += m->program.frames[i].parent == SIM_NONE;
    bool is_root = m->program.frames[frame].parent == SIM_NONE;
    return is_root && root < m->routes.count + m->clients.count ? root : SIM_NONE;
}

// "timeout 0.08 s"
static int policy_text(const struct sim_model *m, const struct sim_step *s, char *text,
                       size_t size)
{
    const struct sim_policy *p = &m->policies.at[s->a];
    const char *name = policy_word(m, p), *of = named(m, s);
    const struct sim_value *v = p->value == SIM_NONE ? NULL : &m->values.at[p->value];
    if (p->kind == SIM_POLICY_TIMEOUT && v && v->kind == SIM_VALUE_CONST)
        return snprintf(text, size, "%s %.4g s", name, v->x);
    if (p->kind == SIM_POLICY_RETRY && p->retry.max_attempts != SIM_FOR_EVER)
        return snprintf(text, size, "%s %" PRIu32, name, p->retry.max_attempts);
    if (p->kind == SIM_POLICY_BULKHEAD)
        return snprintf(text, size, "%s %" PRIu32, name,
                        m->bulkheads.at[p->bulkhead].rule.most);
    return snprintf(text, size, of[0] ? "%s %s" : "%s%s", name, of);
}

// From the inside out, each in front of what is there.
void sim_frame_around(const struct sim_model *m, uint32_t frame, char *text, size_t size)
{
    uint32_t i = m->program.frames[frame].parent;
    char one[96];
    text[0] = '\0';
    for (; i != SIM_NONE; i = m->program.frames[i].parent) {
        const struct sim_step *s = &m->steps.at[m->program.frames[i].step];
        if (s->kind != SIM_STEP_WITH)
            return;
        int n = policy_text(m, s, one, sizeof one);
        size_t used = strlen(text), more = (size_t)n + (used ? 3 : 0);
        if (n <= 0 || (size_t)n >= sizeof one || used + more >= size)
            return;
        memmove(text + more, text, used + 1);
        memcpy(text, one, (size_t)n);
        if (used)
            memcpy(text + n, " > ", 3);
    }
}

uint32_t sim_frame_bulkhead(const struct sim_model *m, uint32_t frame)
{
    const struct sim_step *s = &m->steps.at[m->program.frames[frame].step];
    if (s->kind != SIM_STEP_WITH || m->policies.at[s->a].kind != SIM_POLICY_BULKHEAD)
        return SIM_NONE;
    return m->policies.at[s->a].bulkhead;
}

const char *sim_frame_owner(const struct sim_model *m, uint32_t frame)
{
    uint32_t root = sim_frame_route(m, frame);
    if (root == SIM_NONE)
        return NULL;
    if (root >= m->routes.count)
        return m->clients.at[root - m->routes.count].name;
    for (uint32_t i = 0; i < m->services.count; i++) {
        const struct sim_service_def *s = &m->services.at[i];
        if (root >= s->first_route && root < s->first_route + s->routes)
            return s->name;
    }
    return NULL;
}

const char *sim_model_route_name(const struct sim_model *m, uint32_t route)
{
    return m->routes.at[route].name;
}

const char *sim_frame_shared(uint32_t op)
{
    switch (op) {
    case SIM_PC_PYTHON:
    case SIM_PC_LOOP_PYTHON:
        return "python";
    case SIM_PC_NATIVE:
    case SIM_PC_NATIVE_HOLDING:
    case SIM_PC_LOOP_NATIVE:
    case SIM_PC_LOOP_NATIVE + 1:
    case SIM_PC_LOOP_NATIVE_HOLDING:
        return "native";
    case SIM_PC_IO:
    case SIM_PC_LOOP_IO:
    case SIM_PC_LOOP_IO + 1:
        return "io";
    case SIM_PC_SLEEP:
    case SIM_PC_LOOP_SLEEP:
    case SIM_PC_LOOP_SLEEP + 1:
        return "sleep";
    default:
        return NULL;
    }
}
