#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/verify_private.h"

#define MS 1e6

void lab_fact_add(struct lab_facts *f, int64_t at_ns, uint32_t who, const char *what)
{
    if (f->count == f->room) {
        f->is_full = true;
        return;
    }
    f->at[f->count++] = (struct lab_fact){ at_ns, who, what };
}

static int in_order(const void *x, const void *y)
{
    const struct lab_fact *a = x, *b = y;
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    if (a->who != b->who)
        return a->who < b->who ? -1 : 1;
    return strcmp(a->what, b->what);
}

void lab_facts_sort(struct lab_facts *f)
{
    qsort(f->at, f->count, sizeof *f->at, in_order);
}

static bool is_same(const struct lab_fact *x, const struct lab_fact *y)
{
    return x->at_ns == y->at_ns && x->who == y->who && strcmp(x->what, y->what) == 0;
}

static void put_fact(char *out, size_t n, const char *side, const struct lab_facts *f,
                     uint32_t i)
{
    if (i < f->count)
        snprintf(out, n, "%s %c %s at %.6f ms", side, 'A' + (int)(f->at[i].who % 26),
                 f->at[i].what, (double)f->at[i].at_ns / MS);
    else
        snprintf(out, n, "%s nothing", side);
}

void lab_facts_compare(const struct lab_facts *real, const struct lab_facts *model,
                       struct lab_check *check)
{
    uint32_t most = real->count > model->count ? real->count : model->count, differ = 0;
    for (uint32_t i = 0; i < most; i++) {
        bool in_both = i < real->count && i < model->count;
        if (in_both && is_same(&real->at[i], &model->at[i]))
            continue;
        if (differ++ > 0)
            continue;
        char one[100], other[100];
        put_fact(one, sizeof one, "real", real, i);
        put_fact(other, sizeof other, "model", model, i);
        snprintf(check->detail, sizeof check->detail, "%s, %s", one, other);
    }
    check->real = real->count;
    check->model = model->count;
    check->error = differ;
    check->verdict = differ == 0 ? LAB_AGREE : LAB_DIFFER;
    if (real->count == 0 || model->count == 0 || real->is_full || model->is_full) {
        check->verdict = LAB_UNDECIDED;
        snprintf(check->detail, sizeof check->detail, "one side could not be run");
    }
}
