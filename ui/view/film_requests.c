#include <string.h>

#include "sim/model/frame.h"
#include "ui/view/film_inner.h"

// From the record to the trees of requests. A tree begins where a client's request does, or with a
// message that nobody waits for; whatever a task of it begins belongs to it.

static void grow(struct ui_film *f, const struct sim_trace_record *r)
{
    struct ui_call call = { .parent = SIM_NONE,
                            .place = r->place,
                            .begin = r->begin,
                            .end = SIM_NEVER,
                            .is_branch = r->code & SIM_TRACE_BRANCH,
                            .is_again = r->code & SIM_TRACE_AGAIN };
    bool is_first = r->other == SIM_NONE || r->other == r->task;
    struct ui_life *caller = is_first ? NULL : ui_film_life(f, r->other);
    uint32_t slot = caller ? caller->request : SIM_NONE;
    call.parent = caller ? caller->call : SIM_NONE;
    struct ui_life *life = ui_film_life(f, r->task);
    if (!life)
        return;
    life->request = life->call = SIM_NONE;
    life->line = 0;
    if (is_first) {
        life->request = ui_request_open(&f->requests, r->request, call);
        life->call = 0;
    } else if (slot != SIM_NONE) {
        life->call = ui_request_call(&f->requests, slot, call);
        life->request = life->call == SIM_NONE ? SIM_NONE : slot;
    }
}

static void end(struct ui_film *f, struct ui_life *life, const struct sim_trace_record *r)
{
    uint32_t outcome = r->code & ~SIM_TRACE_ABANDONED;
    if (f->nodes[f->node_of[r->place]].is_client)
        ui_request_answered(&f->requests, r->request, r->begin, r->end);
    ui_request_end(&f->requests, life->request, life->call, (uint8_t)outcome,
                   r->code & SIM_TRACE_ABANDONED, r->end, f->keep_from);
    life->request = life->call = SIM_NONE;
}

// The line of an operation, where it is one of this script: where another is included, its lines have
// the same numbers, but hardly the same words.
static uint32_t line_of(const struct ui_film *f, const struct sim_model *m, uint32_t op)
{
    uint32_t frame = sim_frame_of(m, op);
    if (frame == SIM_NONE || !f->script)
        return 0;
    struct sim_frame_view v = sim_frame_at(m, frame);
    const char *text = f->script;
    for (int line = 1; line < v.line && text; line++) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    const char *word = text && v.line > 0 ? strstr(text, v.word) : NULL;
    bool is_there = word && (size_t)(word - text) < strcspn(text, "\n");
    return is_there ? (uint32_t)v.line : 0;
}

// The same for each operation, looked up once.
static uint32_t known_line(struct ui_film *f, const struct sim_model *m, uint32_t op)
{
    size_t before = f->line_room;
    if (op >= before) {
        void *p = ui_film_grown(f->line_of, op + 1u, &f->line_room, sizeof *f->line_of);
        f->failed |= !p;
        if (!p)
            return 0;
        f->line_of = p;
        memset(f->line_of + before, 0xff, (f->line_room - before) * sizeof *f->line_of);
    }
    if (f->line_of[op] == SIM_NONE)
        f->line_of[op] = line_of(f, m, op);
    return f->line_of[op];
}

void ui_film_take_request(struct ui_film *f, const struct sim_model *m,
                          const struct sim_trace_record *r)
{
    bool is_told = r->kind == SIM_TRACE_BEGIN || r->kind == SIM_TRACE_START ||
                   r->kind == SIM_TRACE_SPAN || r->kind == SIM_TRACE_END ||
                   r->kind == SIM_TRACE_STEP;
    struct ui_life *life = is_told ? ui_film_life(f, r->task) : NULL;
    if (!life)
        return;
    bool is_known = life->request != SIM_NONE;
    struct ui_request *q = is_known ? &f->requests.live[life->request] : NULL;
    if (r->kind == SIM_TRACE_BEGIN) {
        // Whose end was lost among records that came too fast ends here.
        if (is_known)
            ui_request_end(&f->requests, life->request, life->call, SIM_CANCELLED, false,
                           r->begin, f->keep_from);
        grow(f, r);
    } else if (is_known && r->kind == SIM_TRACE_START) {
        q->calls[life->call].place = r->place; // who took it, from a socket or a broker
    } else if (is_known && r->kind == SIM_TRACE_SPAN) {
        ui_request_span(&f->requests, life->request,
                        (struct ui_span){ life->call, (enum sim_cause)r->code, life->line,
                                          r->begin, r->end });
    } else if (is_known && r->kind == SIM_TRACE_STEP) {
        uint32_t line = known_line(f, m, r->other);
        f->lives[r->task].line = line;
    } else if (is_known) {
        end(f, life, r);
    }
    f->failed |= f->requests.failed;
}
