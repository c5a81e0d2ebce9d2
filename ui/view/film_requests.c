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

void ui_film_take_request(struct ui_film *f, const struct sim_trace_record *r)
{
    bool is_told = r->kind == SIM_TRACE_BEGIN || r->kind == SIM_TRACE_START ||
                   r->kind == SIM_TRACE_SPAN || r->kind == SIM_TRACE_END;
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
        ui_request_span(
            &f->requests, life->request,
            (struct ui_span){ life->call, (enum sim_cause)r->code, r->begin, r->end });
    } else if (is_known) {
        end(f, life, r);
    }
    f->failed |= f->requests.failed;
}
