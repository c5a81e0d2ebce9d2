#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "labs/kit/draws.h"
#include "labs/kit/verify_private.h"

// Scripts by chance, the same ones on every machine. One that differs is made smaller as long
// as it still does: without any of its items, then with smaller numbers.

uint32_t lab_place(struct lab_places *p, uint32_t who)
{
    assert(who < LAB_PLACES);
    if (p->of[who] == 0)
        p->of[who] = ++p->count;
    return p->of[who] - 1;
}

static uint32_t make(const struct lab_random_def *def, uint64_t seed,
                     struct lab_item *items)
{
    uint64_t state = seed;
    uint32_t count = 1 + (uint32_t)(lab_draw(&state) % def->most);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < LAB_ITEM_NUMBERS; k++)
            items[i].x[k] =
                def->limits[k] ? (uint32_t)(lab_draw(&state) % def->limits[k]) : 0;
    return count;
}

static bool differs(const struct lab_random_def *def, const struct lab_item *items,
                    uint32_t count, struct lab_check *check)
{
    *check = (struct lab_check){ .kind = LAB_DECISION };
    def->play(def->ctx, items, count, check);
    return check->verdict == LAB_DIFFER;
}

// Leaves one item out, if the rest still differs.
static bool drop_one(const struct lab_random_def *def, struct lab_item *items,
                     uint32_t *count)
{
    struct lab_item fewer[LAB_ITEMS];
    struct lab_check check;
    for (uint32_t i = 0; i<*count && * count> 1; i++) {
        memcpy(fewer, items, *count * sizeof *items);
        memmove(fewer + i, fewer + i + 1, (*count - i - 1) * sizeof *items);
        if (!differs(def, fewer, *count - 1, &check))
            continue;
        memcpy(items, fewer, --*count * sizeof *items);
        return true;
    }
    return false;
}

static bool halve_one(const struct lab_random_def *def, struct lab_item *items,
                      uint32_t count)
{
    struct lab_check check;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < LAB_ITEM_NUMBERS; k++) {
            uint32_t kept = items[i].x[k];
            items[i].x[k] = kept / 2;
            if (kept > 0 && differs(def, items, count, &check))
                return true;
            items[i].x[k] = kept;
        }
    return false;
}

static void put_items(char *out, size_t room, const struct lab_item *items, uint32_t count)
{
    size_t n = 0;
    for (uint32_t i = 0; i < count && n < room; i++)
        n += (size_t)snprintf(out + n, room - n, "%s%u/%u/%u/%u", i ? " " : "",
                              items[i].x[0], items[i].x[1], items[i].x[2], items[i].x[3]);
}

static void shrink(const struct lab_random_def *def, struct lab_item *items,
                   uint32_t *count, struct lab_check *smallest)
{
    for (uint32_t turns = 0; turns < 200; turns++)
        if (!drop_one(def, items, count) && !halve_one(def, items, *count))
            break;
    differs(def, items, *count, smallest);
}

void lab_verify_random(const struct lab_random_def *def, struct lab_report *out)
{
    struct lab_check all = { .kind = LAB_DECISION, .verdict = LAB_AGREE }, one;
    struct lab_item items[LAB_ITEMS];
    snprintf(all.name, sizeof all.name, "%s", def->name);
    for (uint32_t seed = 1; seed <= def->scripts; seed++) {
        uint32_t count = make(def, seed, items);
        bool is_first = all.error == 0;
        bool is_other = differs(def, items, count, &one);
        all.real++;
        all.model++;
        if (one.verdict == LAB_UNDECIDED && all.verdict == LAB_AGREE)
            all.verdict = LAB_UNDECIDED;
        if (!is_other)
            continue;
        all.error++;
        all.verdict = LAB_DIFFER;
        if (!is_first)
            continue;
        char script[100];
        shrink(def, items, &count, &one);
        put_items(script, sizeof script, items, count);
        int n = snprintf(all.detail, sizeof all.detail, "script %u, as %s: ", seed, script);
        if (n > 0 && (size_t)n < sizeof all.detail)
            memcpy(all.detail + n, one.detail, sizeof all.detail - (size_t)n);
        all.detail[sizeof all.detail - 1] = '\0';
    }
    lab_report_add(out, &all);
}
