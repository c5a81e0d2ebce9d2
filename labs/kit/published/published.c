#include "labs/kit/published/published.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *lab_basis_name(enum lab_basis basis)
{
    static const char *const words[] = { "simulated", "formula", "shape", "unjudged" };
    return words[basis];
}

enum lab_basis lab_basis_of(const struct lab_row *r, const struct lab_outcome *o)
{
    bool by_formula = false, simulated = false;
    for (uint32_t i = 0; i < o->count; i++) {
        const struct lab_line *l = &o->lines[i];
        by_formula = by_formula || l->by_formula;
        simulated = simulated || (!l->by_formula && l->verdict != LAB_ABSENT);
    }
    if (simulated)
        return strncmp(r->tolerance, "shape", 5) == 0 ? LAB_SHAPE : LAB_SIMULATED;
    return by_formula ? LAB_FORMULA : LAB_UNJUDGED;
}

static bool is_named(const struct lab_published_def *def, const char *family)
{
    for (uint32_t i = 0; i < def->count; i++)
        if (strcmp(def->families[i], family) == 0)
            return true;
    return def->count == 0;
}

static void judge(const struct lab_published_def *def, const struct lab_row *r,
                  struct lab_outcome *o)
{
    const struct lab_family *f = lab_family_of(r);
    if (!f) {
        lab_outcome_wrong(o, r->metric, "no experiment is known for such a row");
        return;
    }
    struct lab_family own = *f;
    if (def->is_once)
        own.first = own.most = 2;
    lab_family_judge(&own, r, o);
}

static bool goes_on(const struct lab_published_def *def)
{
    return !def->goes_on || def->goes_on(def->ctx);
}

// False when it was interrupted, and then nothing of the row counts.
static bool verify_row(const struct lab_published_def *def, const struct lab_row *r,
                       struct lab_outcome *o, struct lab_published *out)
{
    *o = (struct lab_outcome){ .folder = def->folder,
                               .goes_on = def->goes_on,
                               .ctx = def->ctx };
    if (def->on_begin)
        def->on_begin(def->ctx, r);
    judge(def, r, o);
    if (!goes_on(def))
        return false;
    out->rows++;
    out->bases[lab_basis_of(r, o)]++;
    for (uint32_t i = 0; i < o->count; i++)
        out->verdicts[o->lines[i].verdict]++;
    def->on_row(def->ctx, r, o);
    return true;
}

static bool has_any(const struct lab_published_def *def, const struct lab_rows *rows)
{
    for (uint32_t i = 0; i < rows->count; i++)
        if (is_named(def, rows->at[i].family))
            return true;
    return false;
}

static bool open_rows(const struct lab_published_def *def, struct lab_rows *rows,
                      char *message, size_t size)
{
    if (!lab_rows_read(rows, def->rows, message, size))
        return false;
    if (has_any(def, rows))
        return true;
    snprintf(message, size, "%s: no row of these cases", def->rows);
    lab_rows_free(rows);
    return false;
}

bool lab_published_check(const struct lab_published_def *def, char *message, size_t size)
{
    struct lab_rows rows;
    bool good = open_rows(def, &rows, message, size);
    if (good)
        lab_rows_free(&rows);
    return good;
}

bool lab_published_verify(const struct lab_published_def *def, struct lab_published *out,
                          char *message, size_t size)
{
    struct lab_rows rows;
    *out = (struct lab_published){ 0 };
    if (!open_rows(def, &rows, message, size))
        return false;
    struct lab_outcome *o = malloc(sizeof *o);
    if (!o)
        snprintf(message, size, "no memory");
    for (uint32_t i = 0; o && i < rows.count && goes_on(def); i++)
        if (is_named(def, rows.at[i].family) && !verify_row(def, &rows.at[i], o, out))
            break;
    bool good = o != NULL;
    free(o);
    lab_rows_free(&rows);
    return good;
}
