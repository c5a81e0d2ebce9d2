#include "ui/window/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __GLIBC__
#    include <malloc.h>
#endif

// The film takes what is on record each simulated second, which the ring holds.
#define TRACE_RECORDS (1u << 20)

// What is kept behind the moment that is seen, besides what its picture shows, so that going
// back a little needs no other run.
#define BEHIND ((sim_time)60 * SIM_S)

// The next run is another thread's, and glibc's threads keep what they have freed to themselves.
static void return_memory(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void ui_engine_lock(struct ui_engine *e)
{
    pthread_mutex_lock(&e->lock);
}

void ui_engine_unlock(struct ui_engine *e)
{
    pthread_mutex_unlock(&e->lock);
}

static struct ui_knob knob_of(const struct scn_knob *k)
{
    static const char *const words[] = { "false", "true" };
    struct ui_knob knob = { .standing = k->number, .min = k->min, .max = k->max };
    snprintf(knob.name, sizeof knob.name, "%s", k->name);
    snprintf(knob.unit, sizeof knob.unit, "%s", k->unit);
    knob.choice_count = k->type == SCN_KNOB_CHOICE    ? k->choice_count
                        : k->type == SCN_KNOB_BOOLEAN ? 2
                                                      : 0;
    for (uint32_t i = 0; i < knob.choice_count; i++)
        snprintf(knob.choices[i], sizeof knob.choices[i], "%s",
                 k->type == SCN_KNOB_CHOICE ? k->choices[i] : words[i]);
    return knob;
}

static bool begin_film(struct ui_engine *e)
{
    struct ui_film_def def = { .scenario = scn_scenario_name(e->result.scenario),
                               .about = scn_scenario_about(e->result.scenario),
                               .file = e->script->file,
                               .script = e->script->text,
                               .variant = e->job.variant,
                               .seed = e->job.seed };
    def.faults = scn_scenario_faults(e->result.scenario, &def.fault_count);
    uint32_t n;
    const struct scn_variant *variants = scn_scenario_variants(e->result.scenario, &n);
    for (; def.preset_count < n && def.preset_count < UI_PRESETS; def.preset_count++)
        def.presets[def.preset_count] = variants[def.preset_count].name;
    const struct scn_knob *knobs = scn_scenario_knobs(e->result.scenario, &def.knob_count);
    struct ui_knob *turnable = calloc(def.knob_count + 1u, sizeof *turnable);
    for (uint32_t i = 0; turnable && i < def.knob_count; i++)
        turnable[i] = knob_of(&knobs[i]);
    def.knobs = turnable;
    e->has_film = turnable && ui_film_init(&e->film, e->result.run, &def);
    free(turnable);
    return e->has_film;
}

// With the lock held.
static bool take(struct ui_engine *e)
{
    if (!e->has_film && !begin_film(e))
        return false;
    ui_film_take(&e->film, e->result.run);
    e->state = UI_ENGINE_RUNS;
    return !e->film.failed;
}

// Half of the room is for who fetches what is folded. A quarter is made free at a time.
static void fold(struct ui_engine *e)
{
    if (ui_film_bytes(&e->film) <= e->film_bytes)
        return;
    bool is_first = !e->is_folded;
    if (is_first)
        e->film_bytes /= 2;
    e->is_folded = true;
    ui_film_fold_to(&e->film, e->film_bytes - e->film_bytes / 4, e->film.now);
    if (is_first)
        return_memory();
}

// Keeps what is seen, and what its picture shows; where there is no room for that, less of what was before.
static void fold_past(struct ui_engine *e)
{
    if (e->seen - UI_LOOKS_BACK - BEHIND > e->film.now)
        ui_film_fold(&e->film, e->seen - UI_LOOKS_BACK - BEHIND);
    if (ui_film_bytes(&e->film) <= e->film_bytes)
        return;
    uint64_t bytes = e->film_bytes - e->film_bytes / 8;
    ui_film_fold_to(&e->film, bytes, e->seen - UI_LOOKS_BACK);
    if (ui_film_bytes(&e->film) > bytes && e->film.now <= e->seen + (sim_time)SIM_S)
        ui_film_fold_to(&e->film, bytes, e->seen - (sim_time)SIM_S);
    if (e->film.shown_from > e->seen && e->film.keep_from < e->seen)
        e->film.shown_from = e->seen;
}

static bool has_come(const struct ui_engine *e)
{
    bool is_full = e->film.now > e->seen && ui_film_bytes(&e->film) > e->film_bytes;
    return e->film.now >= e->goal || is_full;
}

// With the lock held. False: it is to end.
static bool make_room(struct ui_engine *e)
{
    if (!e->fetches) {
        fold(e);
        return true;
    }
    fold_past(e);
    while (!e->stop && has_come(e)) {
        pthread_cond_wait(&e->has_goal, &e->lock);
        fold_past(e);
    }
    return !e->stop;
}

static bool watch(void *ctx, sim_time now, sim_time end)
{
    struct ui_engine *e = ctx;
    (void)now;
    (void)end;
    ui_engine_lock(e);
    bool goes_on = !e->stop && take(e);
    ui_engine_unlock(e);
    e->wake(e->ctx);
    if (!goes_on)
        return false;
    ui_engine_lock(e);
    goes_on = make_room(e);
    ui_engine_unlock(e);
    return goes_on;
}

// Its being there also cuts the run into seconds.
static void on_second(void *ctx, uint64_t digest)
{
    struct ui_engine *e = ctx;
    ui_engine_lock(e);
    if (e->digest_count == e->digest_room) {
        size_t room = e->digest_room ? e->digest_room * 2 : 64;
        void *p = realloc(e->digests, room * sizeof *e->digests);
        if (p) {
            e->digests = p;
            e->digest_room = room;
        }
    }
    if (e->digest_count < e->digest_room)
        e->digests[e->digest_count++] = digest;
    ui_engine_unlock(e);
}

static void add_checks(struct ui_engine *e, const struct scn_judged *judged)
{
    uint32_t n;
    const struct scn_expectation *x = scn_scenario_expectations(e->result.scenario, &n);
    for (uint32_t i = 0; i < n && i < judged->count; i++) {
        struct ui_check check = { .from = x[i].from,
                                  .to = x[i].to,
                                  .state = (int)judged->verdicts[i].state };
        snprintf(check.claim, sizeof check.claim, "%s", x[i].claim);
        ui_film_check(&e->film, &check);
    }
}

// Expectations that compare with another variant run that first, so the lock is not held.
static void judge(struct ui_engine *e)
{
    struct scn_judged judged;
    struct scn_job job = e->job;
    job.trace_records = 0;
    job.watch = NULL;
    job.on_second = NULL;
    scn_judge(&job, &e->result, &judged);
    ui_engine_lock(e);
    add_checks(e, &judged);
    if (judged.has_error)
        e->error = judged.error;
    ui_engine_unlock(e);
    scn_judged_free(&judged);
}

static void end(struct ui_engine *e, enum ui_engine_state state, const char *reason)
{
    ui_engine_lock(e);
    if (e->result.end == SCN_BAD_SCRIPT)
        e->error = e->result.error;
    snprintf(e->reason, sizeof e->reason, "%s", reason);
    e->state = state;
    e->wake(e->ctx); // under the lock: whoever sees the state has been woken for it
    ui_engine_unlock(e);
}

static void *work(void *ctx)
{
    struct ui_engine *e = ctx;
    scn_run(&e->job, &e->result);
    bool ran = e->result.end == SCN_DONE || e->result.end == SCN_LIMIT;
    if (ran) {
        ui_engine_lock(e);
        ran = take(e);
        ui_engine_unlock(e);
    }
    if (ran && e->result.end == SCN_DONE) {
        if (!e->fetches)
            judge(e);
        end(e, UI_ENGINE_DONE, "");
    } else if (ran) {
        end(e, UI_ENGINE_FAILED, sim_run_reason(e->result.run));
    } else {
        end(e, UI_ENGINE_FAILED, "this machine has no memory for the run");
    }
    scn_result_close(&e->result); // all is on film, and the record alone is 32 MiB
    return_memory();
    return NULL;
}

// With all of it said that the thread needs.
static bool start(struct ui_engine *e)
{
    if (pthread_mutex_init(&e->lock, NULL) != 0)
        return false;
    if (pthread_cond_init(&e->has_goal, NULL) == 0) {
        if (pthread_create(&e->thread, NULL, work, e) == 0)
            return true;
        pthread_cond_destroy(&e->has_goal);
    }
    pthread_mutex_destroy(&e->lock);
    return false;
}

static void define(struct ui_engine *e, const struct scn_job *job, uint64_t film_bytes,
                   void (*wake)(void *ctx), void *ctx)
{
    memset(e, 0, sizeof *e);
    e->script = job->script;
    e->job = *job;
    e->job.trace_records = TRACE_RECORDS;
    e->job.trace_steps = true;
    e->job.watch = watch;
    e->job.ctx = e;
    e->job.on_second = on_second;
    e->job.on_second_ctx = e;
    if (e->job.added_count > UI_ENGINE_ADDED)
        e->job.added_count = UI_ENGINE_ADDED;
    if (e->job.added_count > 0) // there may be none at all
        memcpy(e->added, job->added, e->job.added_count * sizeof *e->added);
    e->job.added = e->added;
    snprintf(e->variant, sizeof e->variant, "%s", job->variant ? job->variant : "");
    e->job.variant = e->variant;
    e->film_bytes = film_bytes;
    e->wake = wake;
    e->ctx = ctx;
}

bool ui_engine_open(struct ui_engine *e, const struct scn_job *job, uint64_t film_bytes,
                    void (*wake)(void *ctx), void *ctx)
{
    define(e, job, film_bytes, wake, ctx);
    return start(e);
}

bool ui_engine_open_past(struct ui_engine *e, struct ui_engine *of, sim_time seen)
{
    ui_engine_lock(of);
    uint64_t film_bytes = of->film_bytes;
    ui_engine_unlock(of);
    define(e, &of->job, film_bytes, of->wake, of->ctx);
    e->fetches = true;
    e->seen = e->goal = seen;
    return start(e);
}

void ui_engine_close(struct ui_engine *e)
{
    if (e->past)
        ui_engine_close(e->past);
    free(e->past);
    if (e->is_joined)
        ui_film_part(&e->joined);
    ui_engine_lock(e);
    e->stop = true;
    pthread_cond_signal(&e->has_goal);
    ui_engine_unlock(e);
    pthread_join(e->thread, NULL);
    pthread_cond_destroy(&e->has_goal);
    pthread_mutex_destroy(&e->lock);
    if (e->has_film)
        ui_film_fini(&e->film);
    free(e->digests);
    return_memory();
}

void ui_engine_limit(struct ui_engine *e, uint64_t film_bytes)
{
    e->film_bytes = e->is_folded ? film_bytes / 2 : film_bytes;
    if (e->has_film && e->fetches)
        fold_past(e);
    else if (e->has_film)
        fold(e);
}

void ui_engine_fetch(struct ui_engine *e, sim_time seen, sim_time goal)
{
    if (seen == e->seen && goal == e->goal)
        return;
    e->seen = seen;
    e->goal = goal;
    pthread_cond_signal(&e->has_goal);
}

bool ui_engine_same_past(const struct ui_engine *a, const struct ui_engine *b, sim_time t)
{
    size_t n = (size_t)(t / SIM_S);
    n = a->digest_count < n ? a->digest_count : n;
    n = b->digest_count < n ? b->digest_count : n;
    return n == 0 || memcmp(a->digests, b->digests, n * sizeof *a->digests) == 0;
}
