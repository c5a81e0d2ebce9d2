#include "sim/policy/line.h"

void sim_line_join(struct sim_line *l, struct sim_line_node *nodes, uint32_t who,
                   sim_time now)
{
    nodes[who] = (struct sim_line_node){ .prev = l->tail, .since = now };
    if (l->tail == 0)
        l->head = who;
    else
        nodes[l->tail].next = who;
    l->tail = who;
    l->count++;
}

void sim_line_leave(struct sim_line *l, struct sim_line_node *nodes, uint32_t who)
{
    const struct sim_line_node *n = &nodes[who];
    if (n->prev == 0)
        l->head = n->next;
    else
        nodes[n->prev].next = n->next;
    if (n->next == 0)
        l->tail = n->prev;
    else
        nodes[n->next].prev = n->prev;
    l->count--;
}
