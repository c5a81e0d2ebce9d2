#ifndef UI_VIEW_LIST_H
#define UI_VIEW_LIST_H

// A picture as a list of draw commands, in the order in which they cover one another. Whoever
// paints needs to know these few kinds only; record.h writes them as text, which is what most
// tests read.
//
// Lengths are points, y grows downwards. Each command says what it stands for (`what`, `of`), so
// that a test can count cells, dots and segments without looking at pixels. The list owns
// points and texts; `what` is static text.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t ui_colour; // 0xRRGGBBAA

enum ui_kind {
    UI_RECT,   // fill
    UI_BOX,    // rounded by r; fill, and stroke where width > 0
    UI_DOT,    // a request: mark around x, y with radius r
    UI_LINE,   // stroke through points; dash > 0: as long
    UI_AREA,   // fill within points
    UI_CIRCLE, // around x, y with radius r; fill, and stroke where width > 0
    UI_TEXT,   // within x, y, w, h; size, face
    UI_CLIP,   // what follows shows only inside; w 0: no bounds
    UI_KINDS
};

// What a dot says by its shape, whatever its colour.
enum ui_mark {
    UI_MARK_CALL,      // small, filled: on its way, or waited for
    UI_MARK_AGAIN,     // with a tail: the same, tried again
    UI_MARK_OK,        // small, filled
    UI_MARK_ERROR,     // a cross in a disc
    UI_MARK_TIMEOUT,   // a ring
    UI_MARK_SHED,      // a hollow square
    UI_MARK_CANCELLED, // a bar
    UI_MARKS
};

enum ui_face {
    UI_SANS,
    UI_BOLD,
    UI_MONO,
    UI_FACES
};

enum ui_panel {
    UI_WHOLE, // all panels together
    UI_HEADER,
    UI_TOPOLOGY,
    UI_LANES,
    UI_WATERFALL,
    UI_SCRIPT,
    UI_CHARTS,
    UI_STRIP,
    UI_PANELS
};

struct ui_point {
    double x, y;
};

struct ui_command {
    enum ui_kind kind;
    enum ui_panel panel;
    const char *what; // such as "queue cell"
    uint32_t of;      // number of the node, edge, lane, ... that it belongs to
    double x, y, w, h, r;
    ui_colour fill, stroke;
    double width, dash; // of the stroke
    enum ui_mark mark;
    enum ui_face face;
    double size;
    bool is_cut; // the text did not fit and has an ellipsis
    // Into points, or into bytes of text, which end with a 0; first of a dot: its request's number, or SIM_NONE.
    uint32_t first, count;
};

struct ui_list {
    struct ui_command *at;
    size_t count, room;
    struct ui_point *points;
    size_t point_count, point_room;
    char *text;
    size_t text_count, text_room;
    enum ui_panel panel; // that the next commands belong to
    bool failed;         // no memory: the list is not whole
};

void ui_list_init(struct ui_list *l);
void ui_list_fini(struct ui_list *l);
void ui_list_clear(struct ui_list *l); // keeps the room

const char *ui_list_text(const struct ui_list *l, const struct ui_command *c);
const struct ui_point *ui_list_points(const struct ui_list *l, const struct ui_command *c);

// ---- Adding ----

struct ui_rect {
    double x, y, w, h;
};

void ui_add_rect(struct ui_list *l, const char *what, uint32_t of, struct ui_rect at,
                 ui_colour fill);
void ui_add_box(struct ui_list *l, const char *what, uint32_t of, struct ui_rect at,
                struct ui_command look); // r, fill, stroke, width
void ui_add_dot(struct ui_list *l, uint32_t of, struct ui_point at, double r,
                enum ui_mark mark, ui_colour fill);
void ui_name_dot(struct ui_list *l, uint32_t request); // the one that was added last
void ui_add_circle(struct ui_list *l, const char *what, uint32_t of, struct ui_point at,
                   struct ui_command look); // r, fill, stroke, width
void ui_add_line(struct ui_list *l, const char *what, uint32_t of,
                 const struct ui_point *points, uint32_t n,
                 struct ui_command look); // stroke, width, dash
void ui_add_area(struct ui_list *l, const char *what, uint32_t of,
                 const struct ui_point *points, uint32_t n, ui_colour fill);
void ui_add_clip(struct ui_list *l, struct ui_rect at);
void ui_add_unclip(struct ui_list *l);

// ---- Text ----

enum ui_align {
    UI_LEFT,
    UI_RIGHT,
    UI_CENTRE
};

struct ui_style {
    enum ui_face face;
    double size;
    ui_colour colour;
    enum ui_align align;
    bool
        keeps_end; // of names, which their ends tell apart: what does not fit goes from the middle
};

// In one line within w, in the middle of h; in place of what does not fit stands an ellipsis. Control
// characters become spaces. Returns the width that it takes.
double ui_add_text(struct ui_list *l, const char *what, uint32_t of, struct ui_rect in,
                   struct ui_style style, const char *text);

#endif
