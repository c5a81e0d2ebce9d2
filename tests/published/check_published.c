// Runs the experiments behind published-cases.csv and compares, as convoy verify published does.
//
//   check_published FILE.csv FOLDER PAGE FAMILY...
//       judges the rows of those families; what PAGE lists as differing must differ
//   check_published FILE.csv FOLDER --once FAMILY...
//       runs each of their scenarios a few times and judges nothing: for sanitizers
//   check_published FILE.csv --claims FAMILY...
//       that these are all families that simulate or calculate, and that nobody's row is left
//
// 0: all figures passed, or differ as PAGE says; 1: one failed, was undecided, agrees although it
// is listed, or is nobody's; 2: called wrongly.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "labs/kit/published/published.h"
#include "tests/published/fidelity.h"

struct totals {
    uint32_t rows, simulated, by_formula, failed, undecided, differing, stale, nobodys;
};

struct check {
    const struct fidelity *page; // NULL: judges nothing
    clock_t begin;
    struct totals t;
};

// Counts a figure, and says what to call it.
static const char *count_line(struct check *c, const struct lab_row *r,
                              const struct lab_line *l)
{
    struct totals *t = &c->t;
    bool is_listed = fidelity_lists(c->page, r->family, r->params, l->what);
    t->by_formula += l->by_formula;
    t->simulated += !l->by_formula;
    if (l->verdict == LAB_AGREE) {
        t->stale += is_listed;
        return is_listed ? "AGREES but is listed as differing" : "passed";
    }
    if (is_listed && l->verdict != LAB_ABSENT) {
        t->differing++;
        return "differs";
    }
    t->undecided += l->verdict == LAB_UNDECIDED;
    t->failed += l->verdict != LAB_UNDECIDED;
    return l->verdict == LAB_UNDECIDED ? "UNDECIDED" : "FAILED";
}

static void print_line(const char *verdict, const struct lab_line *l)
{
    printf("  %-9s  %-44s %-28s wanted %s", verdict, l->what, l->measured,
           l->wanted[0] ? l->wanted : "-");
    if (l->by_formula)
        printf(" (formula)");
    else
        printf(" (%u runs)", l->runs);
    printf("\n");
}

static void begin_row(void *ctx, const struct lab_row *r)
{
    struct check *c = ctx;
    (void)r;
    c->begin = clock();
}

// What a few runs of a row come to is left aside: they are there to be watched.
static void end_row(void *ctx, const struct lab_row *r, const struct lab_outcome *o)
{
    struct check *c = ctx;
    printf("%s: %s; %s [%.1f s of CPU]\n", r->family, r->params, r->metric,
           (double)(clock() - c->begin) / CLOCKS_PER_SEC);
    for (uint32_t i = 0; c->page && i < o->count; i++)
        print_line(count_line(c, r, &o->lines[i]), &o->lines[i]);
    fflush(stdout);
}

static void print_totals(const struct totals *t)
{
    printf("\n%u rows: %u simulated figures and %u by formula; %u failed, %u undecided, "
           "%u differ as the page says, %u agree though it says otherwise\n",
           t->rows, t->simulated, t->by_formula, t->failed, t->undecided, t->differing,
           t->stale);
}

static bool is_listed(char **names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void count_claims(const struct lab_rows *rows, char **names, int count,
                         struct totals *t)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct lab_row *r = &rows->at[i];
        bool is_known = lab_family_of(r) != NULL;
        t->rows++;
        if (is_known && is_listed(names, count, r->family))
            continue;
        printf("line %d (%s): %s\n", r->line, r->family,
               is_known ? "its family is run by no test" : "no family claims it");
        t->nobodys++;
    }
    printf("%u rows, %u are nobody's\n", t->rows, t->nobodys);
}

static bool check_claims(const char *file, char **names, int count, struct totals *t)
{
    struct lab_rows rows;
    char message[400];
    if (!lab_rows_read(&rows, file, message, sizeof message)) {
        fprintf(stderr, "%s\n", message);
        return false;
    }
    count_claims(&rows, names, count, t);
    lab_rows_free(&rows);
    return true;
}

// FILE.csv FOLDER PAGE|--once FAMILY...
static bool check_folder(struct check *c, char **words, int count)
{
    struct fidelity page = { 0 };
    struct lab_published p;
    char message[400];
    bool is_once = strcmp(words[2], "--once") == 0;
    struct lab_published_def def = { .rows = words[0],
                                     .folder = words[1],
                                     .families = (const char *const *)words + 3,
                                     .count = (uint32_t)(count - 3),
                                     .is_once = is_once,
                                     .on_begin = begin_row,
                                     .on_row = end_row,
                                     .ctx = c };
    if (!is_once && !fidelity_read(&page, words[2])) {
        fprintf(stderr, "%s cannot be read\n", words[2]);
        return false;
    }
    c->page = is_once ? NULL : &page;
    bool is_read = lab_published_verify(&def, &p, message, sizeof message);
    if (!is_read)
        fprintf(stderr, "%s\n", message);
    c->t.rows = p.rows;
    if (is_read && !is_once)
        print_totals(&c->t);
    fidelity_free(&page);
    return is_read;
}

int main(int argc, char **argv)
{
    struct check c = { 0 };
    bool claims = argc > 2 && strcmp(argv[2], "--claims") == 0;
    if (argc < (claims ? 4 : 5)) {
        fprintf(stderr, "usage: check_published FILE.csv FOLDER PAGE|--once FAMILY...\n"
                        "       check_published FILE.csv --claims FAMILY...\n");
        return 2;
    }
    bool is_read = claims ? check_claims(argv[1], argv + 3, argc - 3, &c.t)
                          : check_folder(&c, argv + 1, argc - 1);
    if (!is_read)
        return 2;
    return c.t.failed || c.t.undecided || c.t.stale || c.t.nobodys ? 1 : 0;
}
