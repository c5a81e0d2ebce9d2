#include "labs/event_loop/loop_script.h"

#include <assert.h>

#include "labs/event_loop/loop_stage.h"

// But for the stage and the loop, all of it is written by the thread that has the turn.
struct play {
    const struct lab_loop_script *script;
    struct lab_loop loop;
    struct lab_offload pool;
    struct lab_programs programs;
    struct lab_loop_stage stage;
    pthread_cond_t polling; // the loop's thread sleeps on it
    struct lab_loop_event *out;
    uint32_t cap;
    int64_t seen;
    bool has_failed;
};

struct input {
    struct play *play;
    const struct lab_loop_input *what;
};

// ---- The loop's time and threads ----

static int64_t play_now(void *ctx)
{
    return ((struct play *)ctx)->stage.clock;
}

static int play_poll(void *ctx, int epoll_fd, struct epoll_event *out, int cap,
                     int timeout_ms)
{
    struct play *p = ctx;
    int n = epoll_wait(epoll_fd, out, cap, 0);
    if (n != 0 || timeout_ms == 0)
        return n;
    int64_t end = p->stage.clock + (int64_t)timeout_ms * 1000000 + p->script->slack_ns;
    lab_loop_stage_wait(&p->stage, NULL, &p->polling, timeout_ms < 0 ? INT64_MAX : end);
    return epoll_wait(epoll_fd, out, cap, 0);
}

static void play_sent(void *ctx)
{
    struct play *p = ctx;
    lab_loop_stage_wake(&p->stage, &p->polling);
}

static void play_pass(void *ctx, int64_t ns)
{
    struct play *p = ctx;
    lab_loop_stage_until(&p->stage, p->stage.clock + ns);
}

static void play_wait(void *ctx, pthread_mutex_t *mutex, pthread_cond_t *cond)
{
    lab_loop_stage_wait(&((struct play *)ctx)->stage, mutex, cond, INT64_MAX);
}

static void play_wake(void *ctx, pthread_cond_t *cond)
{
    lab_loop_stage_wake(&((struct play *)ctx)->stage, cond);
}

static bool play_begin(void *ctx, pthread_t *thread, void *(*main)(void *arg), void *arg)
{
    struct play *p = ctx;
    struct lab_loop_seat *seat = lab_loop_stage_seat(
        &p->stage, p->stage.clock + p->script->start_ns, p->script->wake_ns, main, arg);
    if (seat)
        *thread = seat->thread;
    p->has_failed |= !seat;
    return seat;
}

static void play_saw(void *ctx, const struct lab_loop_event *what)
{
    struct play *p = ctx;
    if (p->seen < p->cap)
        p->out[p->seen] = *what;
    p->seen++;
}

static struct lab_loop_env play_env(struct play *p)
{
    return (struct lab_loop_env){ p,         play_now,  play_poll, play_sent,  play_pass,
                                  play_pass, play_wait, play_wake, play_begin, play_saw };
}

// ---- Inputs ----

static void take_input(void *input)
{
    struct play *p = ((struct input *)input)->play;
    const struct lab_loop_input *what = ((struct input *)input)->what;
    switch (what->what) {
    case LAB_LOOP_DO_WORK:
        play_pass(p, what->ns);
        break;
    case LAB_LOOP_DO_BEGIN:
        lab_program_begin(&p->programs, what->who);
        break;
    case LAB_LOOP_DO_CANCEL:
        if (p->programs.tasks[what->who])
            lab_task_cancel(p->programs.tasks[what->who]);
        break;
    }
}

static void give(struct play *p, const struct lab_loop_input *what)
{
    struct input *input = lab_loop_keep(&p->loop, sizeof *input);
    uint32_t tag = what->what == LAB_LOOP_DO_WORK ? what->who : LAB_LOOP_NOBODY;
    *input = (struct input){ p, what };
    switch (what->way) {
    case LAB_LOOP_BY_SOON:
        lab_loop_call_soon(&p->loop, take_input, input, tag);
        break;
    case LAB_LOOP_BY_TIMER:
        lab_loop_call_at(&p->loop, what->at_ns, take_input, input, tag);
        break;
    case LAB_LOOP_BY_THREAD:
        lab_loop_call_soon_threadsafe(&p->loop, take_input, input, tag);
        break;
    }
}

static void *inputs_main(void *play)
{
    struct play *p = play;
    for (uint32_t i = 0; i < p->script->input_count && !p->has_failed; i++) {
        const struct lab_loop_input *what = &p->script->inputs[i];
        if (what->way != LAB_LOOP_BY_THREAD)
            continue;
        if (what->at_ns > p->stage.clock)
            lab_loop_stage_until(&p->stage, what->at_ns);
        give(p, what);
    }
    return NULL;
}

// ---- The loop ----

static void stop(void *loop)
{
    lab_loop_stop(loop);
}

static void *loop_main(void *play)
{
    struct play *p = play;
    for (uint32_t i = 0; i < p->script->input_count; i++)
        if (p->script->inputs[i].way != LAB_LOOP_BY_THREAD)
            give(p, &p->script->inputs[i]);
    if (p->script->probe_ns > 0)
        lab_loop_probe(&p->loop, p->script->probe_ns);
    if (p->script->slow_ns > 0)
        p->loop.slow_ns = p->script->slow_ns;
    lab_loop_call_at(&p->loop, p->script->until_ns, stop, &p->loop, LAB_LOOP_NOBODY);
    if (!p->has_failed)
        lab_loop_run(&p->loop);
    lab_offload_fini(&p->pool);
    return NULL;
}

// When the second cannot be had, the first takes its turn and does nothing.
static void run_threads(struct play *p)
{
    struct lab_loop_seat *loop =
        lab_loop_stage_seat(&p->stage, 0, p->script->wake_ns, loop_main, p);
    if (!loop) {
        p->has_failed = true;
        lab_offload_fini(&p->pool);
        return;
    }
    struct lab_loop_seat *inputs = lab_loop_stage_seat(&p->stage, 0, 0, inputs_main, p);
    p->has_failed = !inputs;
    lab_loop_stage_raise(&p->stage);
    pthread_join(loop->thread, NULL);
    if (inputs)
        pthread_join(inputs->thread, NULL);
}

static bool play_with(struct play *p)
{
    p->programs = (struct lab_programs){ .loop = &p->loop,
                                         .pool = &p->pool,
                                         .programs = p->script->programs,
                                         .count = p->script->program_count };
    if (!lab_offload_init(&p->pool, &p->loop, p->script->threads))
        return false;
    pthread_cond_init(&p->polling, NULL);
    run_threads(p);
    pthread_cond_destroy(&p->polling);
    return !p->has_failed;
}

int64_t lab_loop_script_play(const struct lab_loop_script *script,
                             struct lab_loop_event *out, uint32_t cap)
{
    struct play p = { .script = script, .out = out, .cap = cap };
    assert(script->program_count <= LAB_PROGRAM_TASKS);
    if (!lab_loop_init(&p.loop, play_env(&p)))
        return -1;
    bool is_played = false;
    if (lab_loop_stage_init(&p.stage)) {
        is_played = play_with(&p);
        lab_loop_stage_fini(&p.stage);
    }
    lab_loop_fini(&p.loop);
    return is_played ? p.seen : -1;
}
