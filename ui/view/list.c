#include "ui/view/list.h"

#include <stdlib.h>
#include <string.h>

#include "sim/model/model.h"
#include "ui/view/type.h"

void ui_list_init(struct ui_list *l)
{
    *l = (struct ui_list){ 0 };
}

void ui_list_fini(struct ui_list *l)
{
    free(l->at);
    free(l->points);
    free(l->text);
    *l = (struct ui_list){ 0 };
}

void ui_list_clear(struct ui_list *l)
{
    l->count = l->point_count = l->text_count = 0;
    l->panel = UI_WHOLE;
    l->failed = false;
}

const char *ui_list_text(const struct ui_list *l, const struct ui_command *c)
{
    return c->kind == UI_TEXT ? l->text + c->first : "";
}

const struct ui_point *ui_list_points(const struct ui_list *l, const struct ui_command *c)
{
    return l->points + c->first;
}

// Makes room for n more; the array where it then lies, or NULL.
static void *grown(void *at, size_t wanted, size_t *room, size_t size)
{
    if (wanted <= *room)
        return at;
    size_t more = *room ? *room : 256;
    while (more < wanted)
        more *= 2;
    void *p = realloc(at, more * size);
    if (p)
        *room = more;
    return p;
}

static void push(struct ui_list *l, struct ui_command c)
{
    void *p = grown(l->at, l->count + 1, &l->room, sizeof c);
    l->failed |= !p;
    if (l->failed)
        return;
    l->at = p;
    c.panel = l->panel;
    l->at[l->count++] = c;
}

static uint32_t keep_points(struct ui_list *l, const struct ui_point *points, uint32_t n)
{
    void *p = grown(l->points, l->point_count + n, &l->point_room, sizeof *points);
    l->failed |= !p;
    if (l->failed)
        return 0;
    l->points = p;
    memcpy(l->points + l->point_count, points, n * sizeof *points);
    l->point_count += n;
    return (uint32_t)(l->point_count - n);
}

static uint32_t keep_text(struct ui_list *l, const char *text, size_t n)
{
    void *p = grown(l->text, l->text_count + n + 1, &l->text_room, 1);
    l->failed |= !p;
    if (l->failed)
        return 0;
    l->text = p;
    memcpy(l->text + l->text_count, text, n);
    l->text[l->text_count + n] = '\0';
    l->text_count += n + 1;
    return (uint32_t)(l->text_count - n - 1);
}

static struct ui_command placed(struct ui_command c, enum ui_kind kind, const char *what,
                                uint32_t of)
{
    c.kind = kind;
    c.what = what;
    c.of = of;
    return c;
}

static struct ui_command within(struct ui_command c, struct ui_rect at)
{
    c.x = at.x;
    c.y = at.y;
    c.w = at.w;
    c.h = at.h;
    return c;
}

void ui_add_rect(struct ui_list *l, const char *what, uint32_t of, struct ui_rect at,
                 ui_colour fill)
{
    push(l, within(placed((struct ui_command){ .fill = fill }, UI_RECT, what, of), at));
}

void ui_add_box(struct ui_list *l, const char *what, uint32_t of, struct ui_rect at,
                struct ui_command look)
{
    push(l, within(placed(look, UI_BOX, what, of), at));
}

void ui_add_dot(struct ui_list *l, uint32_t of, struct ui_point at, double r,
                enum ui_mark mark, ui_colour fill)
{
    struct ui_command c = { .x = at.x, .y = at.y, .r = r, .mark = mark, .fill = fill };
    c.first = SIM_NONE;
    push(l, placed(c, UI_DOT, "dot", of));
}

void ui_name_dot(struct ui_list *l, uint32_t request)
{
    if (!l->failed)
        l->at[l->count - 1].first = request;
}

void ui_add_circle(struct ui_list *l, const char *what, uint32_t of, struct ui_point at,
                   struct ui_command look)
{
    look.x = at.x;
    look.y = at.y;
    push(l, placed(look, UI_CIRCLE, what, of));
}

void ui_add_line(struct ui_list *l, const char *what, uint32_t of,
                 const struct ui_point *points, uint32_t n, struct ui_command look)
{
    if (n < 2)
        return;
    look.first = keep_points(l, points, n);
    look.count = n;
    push(l, placed(look, UI_LINE, what, of));
}

void ui_add_area(struct ui_list *l, const char *what, uint32_t of,
                 const struct ui_point *points, uint32_t n, ui_colour fill)
{
    if (n < 3)
        return;
    struct ui_command c = { .fill = fill, .count = n };
    c.first = keep_points(l, points, n);
    push(l, placed(c, UI_AREA, what, of));
}

void ui_add_clip(struct ui_list *l, struct ui_rect at)
{
    push(l, within(placed((struct ui_command){ 0 }, UI_CLIP, "clip", 0), at));
}

void ui_add_unclip(struct ui_list *l)
{
    ui_add_clip(l, (struct ui_rect){ 0 });
}

// ---- Text ----

#define TEXT_ROOM 512
#define ELLIPSIS  "\xe2\x80\xa6"

// A byte of a character, behind its first.
static bool is_inside(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

// Copies what is text of a line; ends before a character that would not be whole.
static size_t clean(char *out, const char *text)
{
    size_t n = 0;
    for (; *text && n < TEXT_ROOM - 8; text++) {
        unsigned char c = (unsigned char)*text;
        out[n++] = (char)(c < 0x20 || c == 0x7f ? ' ' : c);
    }
    while (n > 0 && *text && is_inside(*text)) {
        n--;
        text--;
    }
    out[n] = '\0';
    return n;
}

static size_t without_last(const char *s, size_t n)
{
    while (n > 0 && is_inside(s[--n]))
        ;
    return n;
}

// Takes characters from the middle until both ends and an ellipsis fit.
static void fit_ends(char *s, size_t n, struct ui_style style, double w)
{
    char all[TEXT_ROOM];
    size_t head = n / 2, tail;
    if (n == 0)
        return;
    memcpy(all, s, n + 1);
    while (head > 0 && is_inside(all[head]))
        head--;
    tail = head;
    do {
        if (head > n - tail)
            head = without_last(all, head);
        else
            do
                tail++;
            while (is_inside(all[tail]));
        strcpy(s + head, ELLIPSIS);
        strcat(s, all + tail);
    } while ((head > 0 || tail < n) && ui_type_width(style.face, style.size, s) > w);
}

// Takes characters away until the rest and an ellipsis fit.
static bool fit(char *s, size_t n, struct ui_style style, double w)
{
    if (ui_type_width(style.face, style.size, s) <= w)
        return false;
    if (style.keeps_end) {
        fit_ends(s, n, style, w);
        return true;
    }
    do {
        n = without_last(s, n);
        while (n > 0 && s[n - 1] == ' ')
            n--;
        strcpy(s + n, ELLIPSIS);
    } while (n > 0 && ui_type_width(style.face, style.size, s) > w);
    return true;
}

double ui_add_text(struct ui_list *l, const char *what, uint32_t of, struct ui_rect in,
                   struct ui_style style, const char *text)
{
    char s[TEXT_ROOM];
    bool cut = fit(s, clean(s, text), style, in.w);
    double w = ui_type_width(style.face, style.size, s);
    double h = ui_type_height(style.size);
    double slack = in.w - w;
    struct ui_command c = { .fill = style.colour,
                            .face = style.face,
                            .size = style.size,
                            .is_cut = cut,
                            .x = in.x + (style.align == UI_RIGHT    ? slack
                                         : style.align == UI_CENTRE ? slack / 2
                                                                    : 0),
                            .y = in.y + (in.h - h) / 2,
                            .w = w,
                            .h = h };
    c.count = (uint32_t)strlen(s);
    c.first = keep_text(l, s, c.count);
    push(l, placed(c, UI_TEXT, what, of));
    return w;
}
