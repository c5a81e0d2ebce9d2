// Runs the experiments behind published-cases.csv and compares.
//
//   check_published FILE.csv FOLDER FAMILY...   judges the rows of those families
//   check_published FILE.csv --claims FAMILY... that these are all families that simulate or
//                                               calculate, and that nobody's row is left
//
// 0: all figures passed; 1: one failed, was undecided, or is nobody's; 2: called wrongly.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/published/family.h"

struct totals {
    uint32_t rows, simulated, by_formula, failed, undecided, waiting, nobodys;
};

static const char *verdict_name(enum verdict v)
{
    return v == PASSED ? "passed" : v == FAILED ? "FAILED" : "UNDECIDED";
}

static void print_line(const struct line *l)
{
    printf("  %-9s  %-44s %-28s wanted %s", verdict_name(l->verdict), l->what, l->measured,
           l->wanted[0] ? l->wanted : "-");
    if (l->by_formula)
        printf(" (formula)");
    else
        printf(" (%u runs)", l->runs);
    printf("\n");
}

static void judge_row(const struct family *f, const struct row *r, const char *folder,
                      struct totals *t)
{
    static struct outcome o;
    memset(&o, 0, sizeof o);
    o.folder = folder;
    clock_t begin = clock();
    family_judge(f, r, &o);
    printf("%s: %s; %s [%.1f s of CPU]\n", r->family, r->params, r->metric,
           (double)(clock() - begin) / CLOCKS_PER_SEC);
    for (uint32_t i = 0; i < o.count; i++) {
        const struct line *l = &o.lines[i];
        print_line(l);
        t->by_formula += l->by_formula;
        t->simulated += !l->by_formula;
        t->failed += l->verdict == FAILED;
        t->undecided += l->verdict == UNDECIDED;
    }
    fflush(stdout);
}

static bool is_listed(char **names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void judge_rows(const struct rows *rows, const char *folder, char **names, int count,
                       struct totals *t)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct row *r = &rows->at[i];
        const struct family *f = family_of(r);
        if (!is_listed(names, count, r->family))
            continue;
        t->rows++;
        if (!f) {
            printf("%s: line %d is nobody's\n", r->family, r->line);
            t->nobodys++;
        } else if (f->is_waiting) {
            printf("%s: %s: waits for %s\n", r->family, r->params, f->reason);
            t->waiting++;
        } else {
            judge_row(f, r, folder, t);
        }
    }
    printf("\n%u rows: %u simulated figures and %u by formula; %u failed, %u undecided; "
           "%u rows wait for a later pattern\n",
           t->rows, t->simulated, t->by_formula, t->failed, t->undecided, t->waiting);
    if (t->rows == 0) {
        printf("no row of these families\n");
        t->nobodys++;
    }
}

static void count_claims(const struct rows *rows, char **names, int count, struct totals *t)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct row *r = &rows->at[i];
        const struct family *f = family_of(r);
        t->rows++;
        t->waiting += f && f->is_waiting;
        if (f && (f->is_waiting || is_listed(names, count, r->family)))
            continue;
        printf("line %d (%s): %s\n", r->line, r->family,
               f ? "its family is run by no test" : "neither claimed nor waiting");
        t->nobodys++;
    }
    printf("%u rows, %u of them wait for a later pattern, %u are nobody's\n", t->rows,
           t->waiting, t->nobodys);
}

int main(int argc, char **argv)
{
    struct rows rows;
    struct totals t = { 0 };
    char message[200];
    if (argc < 4) {
        fprintf(stderr, "usage: check_published FILE.csv FOLDER|--claims FAMILY...\n");
        return 2;
    }
    if (!rows_read(&rows, argv[1], message, sizeof message)) {
        fprintf(stderr, "%s\n", message);
        return 2;
    }
    if (strcmp(argv[2], "--claims") == 0)
        count_claims(&rows, argv + 3, argc - 3, &t);
    else
        judge_rows(&rows, argv[2], argv + 3, argc - 3, &t);
    rows_free(&rows);
    return t.failed || t.undecided || t.nobodys ? 1 : 0;
}
