#include <stdio.h>
#include <string.h>

#include "sim/model/runtime.h"
#include "ui/cli/cli.h"

// What a preset of an interpreter costs, and how that is known.

// By origin.
static const char *const marks[] = { "", "=", "p ", "d " };

static void put(char *text, size_t size, const struct sim_cost *c, double x)
{
    static const struct {
        double least, factor;
        const char *unit;
    } times[] = {
        { 1e-3, 1e3, " ms" },
        { 0, 1e6, " us" },
    };
    size_t i = x < times[0].least;
    if (c->unit == SIM_COST_TIME)
        snprintf(text, size, "%.3g%s", x * times[i].factor, x > 0 ? times[i].unit : "");
    else if (c->unit == SIM_COST_BYTES)
        snprintf(text, size, "%.4g kB", x / 1e3);
    else if (c->unit == SIM_COST_RATE)
        snprintf(text, size, "%.4g MB/s", x / 1e6);
    else
        snprintf(text, size, "%.3g", x);
}

static void known_as(char *text, size_t size, const struct sim_cost *c, uint32_t version)
{
    uint32_t from;
    switch (sim_runtime_origin(c, version, &from)) {
    case SIM_COST_MEASURED:
        snprintf(text, size, "measured");
        break;
    case SIM_COST_NEIGHBOUR:
        snprintf(text, size, "from %s", sim_runtime_names()[from]);
        break;
    case SIM_COST_PUBLISHED:
        snprintf(text, size, "published");
        break;
    case SIM_COST_DEFINED:
        snprintf(text, size, "by definition");
        break;
    }
}

static void print_one(uint32_t version, const struct sim_runtime *r)
{
    uint32_t n;
    const struct sim_cost *costs = sim_runtime_costs(&n);
    printf("cpython \"%s\"%s\n", sim_runtime_names()[version],
           r->has_gil ? "" : ", without a GIL unless gil = true");
    for (uint32_t i = 0; i < n; i++) {
        char value[32], origin[32];
        if (!costs[i].is_read)
            continue;
        put(value, sizeof value, &costs[i], sim_runtime_get(r, &costs[i]));
        known_as(origin, sizeof origin, &costs[i], version);
        printf("  %-18s %11s  %-14s %s\n", costs[i].key, value, origin, costs[i].about);
    }
}

static void print_row(const struct sim_cost *c)
{
    const char *const *names = sim_runtime_names();
    printf("  %-18s", c->key);
    for (uint32_t v = 0; names[v]; v++) {
        struct sim_runtime r;
        char value[24], cell[32];
        uint32_t from;
        sim_runtime_preset(names[v], &r);
        put(value, sizeof value, c, sim_runtime_get(&r, c));
        snprintf(cell, sizeof cell, "%s%s", marks[sim_runtime_origin(c, v, &from)], value);
        printf(" %11s", cell);
    }
    putchar('\n');
}

void ui_help_runtimes(void)
{
    uint32_t n;
    const struct sim_cost *costs = sim_runtime_costs(&n);
    const char *const *names = sim_runtime_names();
    printf("\n  %-18s", "cost");
    for (uint32_t v = 0; names[v]; v++)
        printf(" %11s", names[v]);
    putchar('\n');
    for (uint32_t i = 0; i < n; i++)
        if (costs[i].is_read)
            print_row(&costs[i]);
    puts(
        "  Plain figures were measured on that version; = is taken from the nearest one that was,\n"
        "  p is published, d is so by definition. convoy help \"cpython 3.13\" says more.");
}

bool ui_help_runtime(const char *word)
{
    static const char prefix[] = "cpython ";
    struct sim_runtime r;
    if (strncmp(word, prefix, sizeof prefix - 1) != 0 ||
        !sim_runtime_preset(word + sizeof prefix - 1, &r))
        return false;
    print_one(r.version, &r);
    return true;
}
