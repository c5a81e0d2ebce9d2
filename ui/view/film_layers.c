#include <stdlib.h>

#include "ui/view/film_inner.h"

// Columns of the topology: a node stands behind all that call it, so that requests travel to the
// right. Calls that lead back are left out of the count. In its column a node stands near
// the middle of its callers.

// Marks what is reachable from a node while it is being looked at; a call to one of those
// leads back.
static void descend(struct ui_film *f, uint32_t node, uint8_t *open, uint32_t depth)
{
    if (f->nodes[node].layer < depth)
        f->nodes[node].layer = depth;
    else if (depth > 0)
        return; // no deeper than it is known to be, and so is all behind it
    open[node] = 1;
    for (uint32_t e = 0; e < f->edge_count; e++)
        if (f->edges[e].from == node && !open[f->edges[e].to])
            descend(f, f->edges[e].to, open, depth + 1);
    open[node] = 0;
}

// What nobody has called stands in the second column.
static void layer(struct ui_film *f, uint8_t *open)
{
    for (uint32_t i = 0; i < f->node_count; i++)
        f->nodes[i].layer = 0;
    for (uint32_t i = 0; i < f->client_count; i++)
        descend(f, i, open, 0);
    for (uint32_t i = f->client_count; i < f->node_count; i++)
        if (f->nodes[i].layer == 0)
            descend(f, i, open, 1);
}

static double middle(const struct ui_film *f, uint32_t node)
{
    double sum = 0, n = 0;
    for (uint32_t e = 0; e < f->edge_count; e++) {
        const struct ui_node *from = &f->nodes[f->edges[e].from];
        if (f->edges[e].to != node || from->layer >= f->nodes[node].layer)
            continue;
        sum += from->rank;
        n++;
    }
    return n > 0 ? sum / n : 0;
}

// Column by column, so that the callers' places are known. Few nodes: sorting by insertion.
static void rank(struct ui_film *f, uint32_t *order)
{
    for (uint32_t column = 0; column < f->node_count; column++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < f->node_count; i++) {
            if (f->nodes[i].layer != column)
                continue;
            uint32_t k = n++;
            for (; k > 0 && middle(f, order[k - 1]) > middle(f, i); k--)
                order[k] = order[k - 1];
            order[k] = i;
        }
        for (uint32_t k = 0; k < n; k++)
            f->nodes[order[k]].rank = k;
    }
}

void ui_film_place_nodes(struct ui_film *f)
{
    uint8_t *open = calloc(f->node_count + 1, sizeof *open);
    uint32_t *order = calloc(f->node_count + 1, sizeof *order);
    if (open && order) {
        layer(f, open);
        rank(f, order);
    } else {
        f->failed = true;
    }
    free(open);
    free(order);
}
