// Runs the experiments behind published-cases.csv and compares.
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

#include "tests/published/family.h"
#include "tests/published/fidelity.h"

struct totals {
    uint32_t rows, simulated, by_formula, failed, undecided, differing, stale, waiting,
        nobodys;
};

struct check {
    const char *folder;
    const struct fidelity *page; // NULL: judges nothing
    struct totals t;
};

// Counts a figure, and says what to call it.
static const char *count_line(struct check *c, const struct row *r, const struct line *l)
{
    struct totals *t = &c->t;
    bool is_listed = fidelity_lists(c->page, r->family, r->params, l->what);
    t->by_formula += l->by_formula;
    t->simulated += !l->by_formula;
    if (l->verdict == PASSED) {
        t->stale += is_listed;
        return is_listed ? "AGREES but is listed as differing" : "passed";
    }
    bool was_judged = l->by_formula || l->runs > 0;
    if (is_listed && was_judged) {
        t->differing++;
        return "differs";
    }
    t->failed += l->verdict == FAILED;
    t->undecided += l->verdict == UNDECIDED;
    return l->verdict == FAILED ? "FAILED" : "UNDECIDED";
}

static void print_line(const char *verdict, const struct line *l)
{
    printf("  %-9s  %-44s %-28s wanted %s", verdict, l->what, l->measured,
           l->wanted[0] ? l->wanted : "-");
    if (l->by_formula)
        printf(" (formula)");
    else
        printf(" (%u runs)", l->runs);
    printf("\n");
}

static void judge_row(struct check *c, const struct family *f, const struct row *r)
{
    static struct outcome o;
    memset(&o, 0, sizeof o);
    o.folder = c->folder;
    clock_t begin = clock();
    family_judge(f, r, &o);
    printf("%s: %s; %s [%.1f s of CPU]\n", r->family, r->params, r->metric,
           (double)(clock() - begin) / CLOCKS_PER_SEC);
    for (uint32_t i = 0; c->page && i < o.count; i++)
        print_line(count_line(c, r, &o.lines[i]), &o.lines[i]);
    fflush(stdout);
}

// What a few runs of a row come to is left aside: they are there to be watched.
static void run_row(struct check *c, const struct family *f, const struct row *r)
{
    struct family once = *f;
    once.first = once.most = 2;
    judge_row(c, &once, r);
}

static bool is_listed(char **names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void judge_rows(struct check *c, const struct rows *rows, char **names, int count)
{
    struct totals *t = &c->t;
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
        } else if (c->page) {
            judge_row(c, f, r);
        } else {
            run_row(c, f, r);
        }
    }
    if (t->rows == 0) {
        printf("no row of these families\n");
        t->nobodys++;
    }
}

static void print_totals(const struct totals *t)
{
    printf(
        "\n%u rows: %u simulated figures and %u by formula; %u failed, %u undecided, "
        "%u differ as the page says, %u agree though it says otherwise; %u rows wait for a "
        "later pattern\n",
        t->rows, t->simulated, t->by_formula, t->failed, t->undecided, t->differing,
        t->stale, t->waiting);
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

// check_published ... FOLDER PAGE|--once FAMILY...
static bool check_folder(struct check *c, const struct rows *rows, char **words, int count)
{
    struct fidelity page;
    c->folder = words[0];
    if (strcmp(words[1], "--once") == 0) {
        judge_rows(c, rows, words + 2, count - 2);
        return true;
    }
    if (!fidelity_read(&page, words[1])) {
        fprintf(stderr, "%s cannot be read\n", words[1]);
        return false;
    }
    c->page = &page;
    judge_rows(c, rows, words + 2, count - 2);
    print_totals(&c->t);
    fidelity_free(&page);
    return true;
}

int main(int argc, char **argv)
{
    struct rows rows;
    struct check c = { 0 };
    char message[200];
    bool claims = argc > 2 && strcmp(argv[2], "--claims") == 0;
    if (argc < (claims ? 4 : 5)) {
        fprintf(stderr, "usage: check_published FILE.csv FOLDER PAGE|--once FAMILY...\n"
                        "       check_published FILE.csv --claims FAMILY...\n");
        return 2;
    }
    if (!rows_read(&rows, argv[1], message, sizeof message)) {
        fprintf(stderr, "%s\n", message);
        return 2;
    }
    bool is_read = true;
    if (claims)
        count_claims(&rows, argv + 3, argc - 3, &c.t);
    else
        is_read = check_folder(&c, &rows, argv + 2, argc - 2);
    rows_free(&rows);
    if (!is_read)
        return 2;
    return c.t.failed || c.t.undecided || c.t.stale || c.t.nobodys ? 1 : 0;
}
