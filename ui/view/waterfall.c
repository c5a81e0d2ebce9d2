#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/report/number.h"
#include "ui/view/draw.h"
#include "ui/view/type.h"

// What one request went through: a row for it and for each call that was made for it, under the
// call that made it, from the moment it began to the end of the last of them, or to now. What time
// was charged to lies on the row; where there is room, the words and the sums of it below.

#define LABELS  150.0
#define FIGURES 132.0 // how it ended, and how long it took
#define MARK    16.0  // of them
#define INDENT  10.0
#define DEEPEST 6u // indented
#define TALL    34.0
#define SHORT   15.0 // rows without words
#define FOOT    18.0 // axis
#define BAR     14.0

struct fall {
    struct ui_request q;
    sim_time from, to;
    uint32_t *rows;            // calls that are shown, in the order of the tree
    uint32_t row_count, known; // known: calls that had begun by now
    uint8_t *depth;            // of calls
    bool is_picked;
    struct ui_rect at; // of the bars
};

bool ui_has_waterfall(const struct ui_draw *d)
{
    struct ui_pick p = ui_requests_slowest(&d->film->requests, d->at);
    bool is_picked = d->look->pick.number != SIM_NONE && d->look->pick.begin <= d->at;
    return is_picked || p.number != SIM_NONE;
}

// ---- The tree ----

static sim_time end_of(const struct ui_draw *d, const struct ui_call *c)
{
    return c->end < d->at ? c->end : d->at;
}

static void add_rows(struct fall *f, uint32_t call, uint8_t depth)
{
    f->depth[call] = depth;
    f->rows[f->row_count++] = call;
    for (uint32_t i = call + 1; i < f->known; i++)
        if (f->q.calls[i].parent == call)
            add_rows(f, i, depth + 1);
}

// Calls are in the order in which they began.
static void read_tree(const struct ui_draw *d, struct fall *f)
{
    f->from = f->q.begin;
    f->to = f->from;
    for (; f->known < f->q.call_count && f->q.calls[f->known].begin <= d->at; f->known++) {
        sim_time end = end_of(d, &f->q.calls[f->known]);
        f->to = end > f->to ? end : f->to;
    }
    if (f->known > 0)
        add_rows(f, 0, 0);
    f->to = f->to > f->from ? f->to : f->from + 1;
}

// The one that was picked; before it began there is nothing of it to be seen, and another future may
// never have had it.
bool ui_waterfall_read(const struct ui_draw *d, struct ui_request *q, bool *is_picked)
{
    const struct ui_requests *all = &d->film->requests;
    struct ui_pick pick = d->look->pick;
    *is_picked =
        pick.number != SIM_NONE && pick.begin <= d->at && ui_requests_read(all, pick, q);
    if (*is_picked)
        return true;
    pick = ui_requests_slowest(all, d->at);
    return pick.number != SIM_NONE && ui_requests_read(all, pick, q);
}

static bool open_fall(const struct ui_draw *d, struct fall *f)
{
    *f = (struct fall){ 0 };
    if (!ui_waterfall_read(d, &f->q, &f->is_picked))
        return false;
    f->rows = calloc(f->q.call_count + 1u, sizeof *f->rows);
    f->depth = calloc(f->q.call_count + 1u, sizeof *f->depth);
    if (f->rows && f->depth)
        read_tree(d, f);
    d->list->failed |= !f->rows || !f->depth;
    return f->row_count > 0;
}

static void close_fall(struct fall *f)
{
    ui_request_fini(&f->q);
    free(f->rows);
    free(f->depth);
}

double ui_waterfall_height(const struct ui_draw *d)
{
    struct fall f;
    uint32_t rows = open_fall(d, &f) ? f.row_count : 1;
    close_fall(&f);
    return 38 + FOOT + rows * TALL;
}

// Of the calls that took longest, as many as there is room for; they stay in order.
static int by_length(const void *a, const void *b)
{
    sim_time x = *(const sim_time *)a, y = *(const sim_time *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

static void leave_out(const struct ui_draw *d, struct fall *f, uint32_t room)
{
    if (f->row_count <= room)
        return;
    sim_time *lengths = calloc(f->row_count, sizeof *lengths);
    if (!lengths) {
        d->list->failed = true;
        return;
    }
    for (uint32_t i = 0; i < f->row_count; i++) {
        const struct ui_call *c = &f->q.calls[f->rows[i]];
        lengths[i] = end_of(d, c) - c->begin;
    }
    qsort(lengths, f->row_count, sizeof *lengths, by_length);
    sim_time least = lengths[room - 1];
    uint32_t n = 0, alike = 0; // of the shortest that are shown, so many have room
    for (uint32_t i = 0; i < room; i++)
        alike += lengths[i] == least;
    free(lengths);
    for (uint32_t i = 0; i < f->row_count; i++) {
        const struct ui_call *c = &f->q.calls[f->rows[i]];
        sim_time length = end_of(d, c) - c->begin;
        if (length < least || (length == least && alike == 0))
            continue;
        alike -= length == least;
        f->rows[n++] = f->rows[i];
    }
    f->row_count = n;
}

// ---- A row ----

static double x_of(const struct fall *f, sim_time t)
{
    t = t < f->from ? f->from : t > f->to ? f->to : t;
    return f->at.x + f->at.w * (double)(t - f->from) / (double)(f->to - f->from);
}

static void name_call(const struct ui_draw *d, const struct ui_call *c, char *out,
                      size_t size)
{
    const struct ui_node *n = &d->film->nodes[d->film->node_of[c->place]];
    char replica[16] = "";
    if (n->replicas > 1)
        snprintf(replica, sizeof replica, " %" PRIu32, c->place - n->first_place + 1);
    snprintf(out, size, "%s%s%s", n->name, replica,
             c->is_branch  ? ", a branch"
             : c->is_again ? ", again"
                           : "");
}

// How a call ended, by shape, colour and word.
struct ending {
    enum ui_mark mark;
    const char *word;
};

static const struct ending endings[SIM_OUTCOMES] = {
    [SIM_OK] = { UI_MARK_OK, "ok" },
    [SIM_ERROR] = { UI_MARK_ERROR, "error" },
    [SIM_TIMEOUT] = { UI_MARK_TIMEOUT, "timed out" },
    [SIM_REJECTED] = { UI_MARK_SHED, "turned away" },
    [SIM_CANCELLED] = { UI_MARK_CANCELLED, "cancelled" },
    [SIM_LOST] = { UI_MARK_TIMEOUT, "lost" }, // which its caller gave up
};

// What was done for nobody is not well, whatever came of it.
static struct ending ending_of(const struct ui_call *c)
{
    bool is_in_vain = c->is_abandoned && c->outcome != SIM_CANCELLED;
    return is_in_vain ? (struct ending){ UI_MARK_TIMEOUT, "given up" }
                      : endings[c->outcome];
}

static void say_end(struct ui_draw *d, const struct ui_call *c, uint32_t number,
                    struct ui_rect in)
{
    char took[SIM_NUMBER_ROOM], text[SIM_NUMBER_ROOM + 16];
    bool is_over = c->end <= d->at;
    struct ending ending = ending_of(c);
    enum ui_mark mark = is_over ? ending.mark : UI_MARK_CALL;
    ui_say_time(took, end_of(d, c) - c->begin);
    if (is_over)
        snprintf(text, sizeof text, "%s, %s", ending.word, took);
    else
        snprintf(text, sizeof text, "%s so far", took);
    struct ui_style style = ui_small(d);
    style.colour = d->theme->text;
    ui_add_dot(d->list, SIM_NONE, (struct ui_point){ in.x + 5, in.y + in.h / 2 }, 3.6, mark,
               d->theme->marks[mark]);
    in.x += MARK;
    in.w -= MARK;
    ui_add_text(d->list, "took", number, in, style, text);
}

static void draw_spans(struct ui_draw *d, const struct fall *f, uint32_t call,
                       struct ui_rect row, double *sums)
{
    for (uint32_t i = 0; i < f->q.span_count; i++) {
        const struct ui_span *s = &f->q.spans[i];
        if (s->call != call || s->begin >= d->at)
            continue;
        sim_time end = s->end < d->at ? s->end : d->at;
        double x = x_of(f, s->begin), w = x_of(f, end) - x;
        double h = row.h * ui_cause_height(s->cause);
        ui_add_rect(d->list, sim_cause_name(s->cause), call,
                    (struct ui_rect){ x, row.y + (row.h - h) / 2, fmax(w, 0.5), h },
                    d->theme->lane[s->cause]);
        sums[s->cause] += (double)(end - s->begin);
    }
}

// The largest first, as far as there is room.
static void say_sums(struct ui_draw *d, uint32_t call, struct ui_rect in, double *sums)
{
    double x = in.x;
    for (;;) {
        uint32_t most = 0;
        for (uint32_t c = 1; c < SIM_CAUSES; c++)
            most = sums[c] > sums[most] ? c : most;
        if (sums[most] <= 0)
            return;
        char took[SIM_NUMBER_ROOM], text[SIM_NUMBER_ROOM + 40];
        sim_number_duration(took, sums[most] / SIM_S);
        snprintf(text, sizeof text, "%s %s", ui_cause_words(most), took);
        double w = ui_type_width(UI_SANS, UI_TYPE_SMALL, text),
               h = 10 * ui_cause_height(most);
        if (x + 14 + w > in.x + in.w)
            return;
        ui_add_rect(d->list, "swatch", most,
                    (struct ui_rect){ x, in.y + (in.h - h) / 2, 10, h },
                    d->theme->lane[most]);
        ui_add_text(d->list, "sum", call, (struct ui_rect){ x + 14, in.y, w + 1, in.h },
                    ui_small(d), text);
        x += 14 + w + 12;
        sums[most] = 0;
    }
}

static void draw_row(struct ui_draw *d, const struct fall *f, uint32_t call,
                     struct ui_rect in, bool has_words)
{
    const struct ui_call *c = &f->q.calls[call];
    double sums[SIM_CAUSES] = { 0 };
    char name[96];
    double bar = has_words ? BAR : in.h - 3;
    double indent = INDENT * fmin(f->depth[call], DEEPEST);
    double text = fmax(bar, 14); // narrow rows lend each other some of their edge
    double y = in.y - (text - bar) / 2;
    name_call(d, c, name, sizeof name);
    struct ui_style style = ui_of_name(ui_small(d));
    style.colour = d->theme->text;
    ui_add_text(d->list, "call", call,
                (struct ui_rect){ in.x + indent, y, LABELS - 8 - indent, text }, style,
                name);
    double x = x_of(f, c->begin), end = x_of(f, end_of(d, c));
    ui_add_rect(d->list, "life", call,
                (struct ui_rect){ x, in.y + bar / 2 - 0.5, fmax(end - x, 1), 1 },
                d->theme->outline);
    draw_spans(d, f, call, (struct ui_rect){ x, in.y, 0, bar }, sums);
    say_end(d, c, call, (struct ui_rect){ in.x + in.w - FIGURES, y, FIGURES, text });
    if (has_words)
        say_sums(d, call, (struct ui_rect){ f->at.x, in.y + bar + 1, f->at.w, 15 }, sums);
}

// ---- The panel ----

static void draw_axis(struct ui_draw *d, const struct fall *f, double y)
{
    char text[SIM_NUMBER_ROOM];
    struct ui_rect line = { f->at.x, y, f->at.w, 14 };
    ui_say_moment(text, f->from);
    ui_add_text(d->list, "axis", 0, line, ui_small(d), text);
    ui_say_time(text, f->to - f->from);
    char end[SIM_NUMBER_ROOM + 8];
    snprintf(end, sizeof end, "+ %s", text);
    ui_add_text(d->list, "axis", 1, line, ui_aligned(ui_small(d), UI_RIGHT), end);
}

static void say_beside(const struct fall *f, uint32_t all, char *out, size_t size)
{
    char more[64] = "";
    if (f->row_count < all || f->q.is_cut)
        snprintf(more, sizeof more, ": the longest %" PRIu32 " of %s%" PRIu32 " calls",
                 f->row_count, f->q.is_cut ? "more than " : "", all);
    snprintf(out, size, "number %" PRIu32 "%s%s", f->q.number,
             f->is_picked ? "" : ", the slowest just now", more);
}

static void draw_fall(struct ui_draw *d, struct fall *f, struct ui_rect at)
{
    char beside[200];
    double space = at.h - 38 - FOOT;
    uint32_t all = f->row_count;
    leave_out(d, f, (uint32_t)fmax(1, floor(space / SHORT)));
    say_beside(f, all, beside, sizeof beside);
    struct ui_rect in = ui_draw_frame(d, at, "Request", beside);
    f->at = (struct ui_rect){ in.x + LABELS, in.y, in.w - LABELS - FIGURES - 10, in.h };
    bool has_words = space / f->row_count >= TALL;
    double pitch = has_words ? TALL : fmin(space / f->row_count, 22), y = in.y;
    for (uint32_t i = 0; i < f->row_count; i++, y += pitch)
        draw_row(d, f, f->rows[i], (struct ui_rect){ in.x, y, in.w, pitch }, has_words);
    draw_axis(d, f, y + 1);
}

void ui_draw_waterfall(struct ui_draw *d, struct ui_rect at)
{
    struct fall f;
    if (open_fall(d, &f))
        draw_fall(d, &f, at);
    else
        ui_draw_frame(d, at, "Request", "none has been answered in the last half minute");
    close_fall(&f);
}
