#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "ui/view/draw.h"
#include "ui/view/type.h"

// Below a service's box, where not all of its replicas are up: a mark for each, and in words how
// many are what. A mark says by its shape what its colour says: a square that is full serves,
// one with half of it filled starts, a hollow one is not ready, one with a bar stops, and a cross is
// down.

#define MARKS_MOST 16u // beyond them only the words
#define MARK       8.0

static const char *const words[SIM_REPLICA_STATES] = { "up", "down", "starting",
                                                       "not ready", "stopping" };

static ui_colour colour_of(const struct ui_draw *d, enum sim_replica_state state)
{
    if (state == SIM_REPLICA_UP)
        return d->theme->full;
    return state == SIM_REPLICA_DOWN ? d->theme->alarm : d->theme->warning;
}

static void draw_cross(struct ui_draw *d, uint32_t node, struct ui_rect at,
                       ui_colour colour)
{
    struct ui_command look = { .stroke = colour, .width = 2 };
    struct ui_point down[] = { { at.x, at.y }, { at.x + at.w, at.y + at.h } };
    struct ui_point up[] = { { at.x, at.y + at.h }, { at.x + at.w, at.y } };
    ui_add_line(d->list, "replica down", node, down, 2, look);
    ui_add_line(d->list, "replica", node, up, 2, look);
}

static void draw_mark(struct ui_draw *d, uint32_t node, struct ui_rect at,
                      enum sim_replica_state state)
{
    ui_colour colour = colour_of(d, state);
    struct ui_command hollow = { .stroke = colour, .width = 1.5 };
    struct ui_rect half = { at.x, at.y + at.h / 2, at.w, at.h / 2 };
    struct ui_rect bar = { at.x, at.y + at.h * 0.4, at.w, at.h * 0.2 };
    switch (state) {
    case SIM_REPLICA_UP:
        ui_add_rect(d->list, "replica up", node, at, colour);
        break;
    case SIM_REPLICA_DOWN:
        draw_cross(d, node, at, colour);
        break;
    case SIM_REPLICA_STARTING:
        ui_add_box(d->list, "replica starting", node, at, hollow);
        ui_add_rect(d->list, "replica", node, half, colour);
        break;
    case SIM_REPLICA_STOPPING:
        ui_add_box(d->list, "replica stopping", node, at, hollow);
        ui_add_rect(d->list, "replica", node, bar, colour);
        break;
    default:
        ui_add_box(d->list, "replica not ready", node, at, hollow);
        break;
    }
}

// "2 down, 1 starting"
static void tell(const uint32_t *count, char *text, size_t size)
{
    int n = 0;
    text[0] = '\0';
    for (int i = SIM_REPLICA_UP + 1; i < SIM_REPLICA_STATES && (size_t)n < size; i++)
        if (count[i] > 0)
            n += snprintf(text + n, size - (size_t)n, "%s%" PRIu32 " %s", n ? ", " : "",
                          count[i], words[i]);
}

void ui_draw_replicas(struct ui_draw *d, uint32_t node, struct ui_rect at)
{
    const struct ui_node *n = &d->film->nodes[node];
    uint32_t count[SIM_REPLICA_STATES];
    char text[96];
    ui_film_replicas_at(d->film, node, d->at, count);
    if (n->is_client || count[SIM_REPLICA_UP] == n->replicas)
        return;
    double k = at.h / 12, side = MARK * k, x = at.x;
    for (uint32_t i = 0; n->replicas <= MARKS_MOST && i < n->replicas; i++) {
        struct ui_rect mark = { x, at.y + (at.h - side) / 2, side, side };
        draw_mark(d, node, mark, ui_film_replica_at(d->film, n->first_place + i, d->at));
        x += side + 3 * k;
    }
    tell(count, text, sizeof text);
    struct ui_style style = ui_small(d);
    style.size = fmax(9, 10.5 * k);
    style.colour =
        colour_of(d, count[SIM_REPLICA_DOWN] > 0 ? SIM_REPLICA_DOWN : SIM_REPLICA_STARTING);
    ui_add_text(d->list, "replica states", node,
                (struct ui_rect){ x + 3 * k, at.y, at.x + at.w - x - 3 * k, at.h }, style,
                text);
}
