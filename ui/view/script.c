#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/number.h"
#include "ui/view/draw.h"
#include "ui/view/type.h"

// The script, with the lines that the request of the waterfall spent its time on: what its calls were
// at, as far as their steps stand in this script and not in one that it includes. The line that
// took most of it, the client's own wait aside, is in the middle.

#define PITCH   17.0
#define NUMBER  40.0
#define WORDS   250.0 // what a line took, on the right
#define LONGEST 400u

struct spent {
    double of[SIM_CAUSES], all;
};

struct page {
    uint32_t count; // lines of the script
    struct spent *spent;
    uint32_t worst; // from 1; 0: none
    uint32_t number;
    bool has_request;
};

static uint32_t count_lines(const char *text)
{
    uint32_t n = 1;
    for (; *text; text++)
        n += *text == '\n' && text[1];
    return n;
}

static void add_spans(const struct ui_draw *d, const struct ui_request *q, struct page *p)
{
    for (uint32_t i = 0; i < q->span_count; i++) {
        const struct ui_span *s = &q->spans[i];
        if (s->line == 0 || s->line > p->count || s->begin >= d->at)
            continue;
        double took = (double)((s->end < d->at ? s->end : d->at) - s->begin) / SIM_S;
        struct spent *line = &p->spent[s->line - 1];
        line->of[s->cause] += took;
        line->all += s->call > 0 ? took : 0;
        if (line->all > 0 && (p->worst == 0 || line->all > p->spent[p->worst - 1].all))
            p->worst = s->line;
    }
}

static bool open_page(const struct ui_draw *d, struct page *p)
{
    struct ui_request q = { 0 };
    *p = (struct page){ .count = count_lines(d->film->script) };
    p->spent = calloc(p->count, sizeof *p->spent);
    d->list->failed |= !p->spent;
    if (!p->spent)
        return false;
    bool is_picked;
    p->has_request = ui_waterfall_read(d, &q, &is_picked);
    p->number = q.number;
    if (p->has_request)
        add_spans(d, &q, p);
    ui_request_fini(&q);
    return true;
}

// As much of a line as there is room for, with a sign where that is not all.
static void copy_line(char *out, const char *text, double width)
{
    size_t n = strcspn(text, "\n");
    size_t fits = (size_t)(width / ui_type_width(UI_MONO, UI_TYPE_SMALL, "m"));
    fits = fits < LONGEST - 4 ? fits : LONGEST - 4;
    bool is_cut = n > fits;
    n = is_cut ? fits - 1 : n;
    while (is_cut && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    snprintf(out, LONGEST, "%.*s%s", (int)n, text, is_cut ? "\xe2\x80\xa6" : "");
}

static void say_spent(struct ui_draw *d, uint32_t number, const struct spent *spent,
                      struct ui_rect in)
{
    uint32_t most = 0;
    double all = 0;
    for (uint32_t c = 0; c < SIM_CAUSES; c++) {
        most = spent->of[c] > spent->of[most] ? c : most;
        all += spent->of[c];
    }
    if (all <= 0)
        return;
    char took[SIM_NUMBER_ROOM], text[SIM_NUMBER_ROOM + 40];
    sim_number_duration(took, spent->of[most]);
    snprintf(text, sizeof text, "%s %s", ui_cause_words(most), took);
    double h = 10 * ui_cause_height(most);
    ui_add_rect(d->list, "swatch", number,
                (struct ui_rect){ in.x, in.y + (in.h - h) / 2, 10, h },
                d->theme->lane[most]);
    ui_add_text(d->list, "spent", number,
                (struct ui_rect){ in.x + 16, in.y, in.w - 16, in.h }, ui_small(d), text);
}

static void draw_line(struct ui_draw *d, const struct page *p, uint32_t number,
                      const char *text, struct ui_rect in)
{
    char shown[LONGEST], digits[16];
    bool is_worst = number == p->worst;
    struct ui_style style = ui_figure(d, UI_TYPE_SMALL);
    struct ui_style muted = ui_aligned(style, UI_RIGHT);
    muted.colour = d->theme->muted;
    if (is_worst)
        ui_add_rect(d->list, "worst", number, in, d->theme->raised);
    if (is_worst)
        ui_add_rect(d->list, "mark", number, (struct ui_rect){ in.x, in.y, 3, in.h },
                    d->theme->alarm);
    snprintf(digits, sizeof digits, "%" PRIu32, number);
    ui_add_text(d->list, "number", number,
                (struct ui_rect){ in.x, in.y, NUMBER - 10, in.h }, muted, digits);
    struct ui_rect code = { in.x + NUMBER, in.y, in.w - NUMBER - WORDS, in.h };
    copy_line(shown, text, code.w - 12);
    if (shown[0])
        ui_add_text(d->list, "code", number, code, style, shown);
    say_spent(d, number, &p->spent[number - 1],
              (struct ui_rect){ code.x + code.w, in.y, WORDS, in.h });
}

static void draw_page(struct ui_draw *d, const struct page *p, struct ui_rect at)
{
    char beside[120] = "";
    if (p->worst)
        snprintf(beside, sizeof beside,
                 "where request %" PRIu32 " spent its time: line %" PRIu32, p->number,
                 p->worst);
    struct ui_rect in = ui_draw_frame(d, at, "Script", beside);
    uint32_t rows = (uint32_t)fmax(1, floor(in.h / PITCH));
    uint32_t middle = p->worst ? p->worst : 1, first = 1;
    if (middle > rows / 2 && p->count > rows)
        first = middle - rows / 2;
    if (first + rows > p->count + 1 && p->count >= rows)
        first = p->count + 1 - rows;
    const char *text = d->film->script;
    for (uint32_t i = 1; i <= p->count && i < first + rows; i++) {
        if (i >= first)
            draw_line(d, p, i, text,
                      (struct ui_rect){ in.x, in.y + (i - first) * PITCH, in.w, PITCH });
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
}

void ui_draw_script(struct ui_draw *d, struct ui_rect at)
{
    struct page p;
    if (!d->film->script)
        ui_draw_frame(d, at, "Script", "it is not at hand");
    else if (open_page(d, &p)) {
        draw_page(d, &p, at);
        free(p.spent);
    }
}
