#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/account.h"
#include "sim/report/number.h"
#include "sim/report/text.h"
#include "sim/report/text_parts.h"

// What each tenant had, and what each key of a quota has used: those with most, and how many more.

#define ROWS         8u
#define NAME         22u
#define WIDTH        11u
#define NARROW_NAME  15u
#define NARROW_WIDTH 9u
#define BILL         4u // the column of it

static uint32_t name_columns(const struct sim_page *p)
{
    return p->width < SIM_TEXT_WHOLE ? NARROW_NAME : NAME;
}

static uint32_t figure_end(const struct sim_page *p, uint32_t figure)
{
    uint32_t width = p->width < SIM_TEXT_WHOLE ? NARROW_WIDTH : WIDTH;
    return name_columns(p) + (figure + 1) * width;
}

// The accounts of a book with most of a count, most first; ties as they were met.
static uint32_t largest(const struct sim_run *run, uint32_t book, uint32_t count,
                        uint32_t *rows)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < sim_run_accounts(run); i++) {
        struct sim_account_view a = sim_run_account(run, i);
        uint32_t at = n < ROWS ? n : ROWS;
        if (a.book != book)
            continue;
        while (at > 0 && sim_run_account(run, rows[at - 1]).counts[count] < a.counts[count])
            at--;
        if (at == ROWS)
            continue;
        uint32_t last = n < ROWS ? n++ : ROWS - 1;
        memmove(rows + at + 1, rows + at, (last - at) * sizeof *rows);
        rows[at] = i;
    }
    return n;
}

static void write_heads(struct sim_page *p, const char *name, const char *const *heads)
{
    sim_page_style(p, SIM_STYLE_HEAD);
    sim_page_script(p, name, name_columns(p) - 1);
    for (uint32_t i = 0; heads[i]; i++)
        sim_page_right(p, figure_end(p, i), heads[i]);
    sim_page_line(p);
}

static void write_row(struct sim_page *p, const struct sim_run *run, uint32_t account,
                      const double *figures, uint32_t n)
{
    char name[NAME + 2], text[SIM_NUMBER_ROOM];
    struct sim_account_view a = sim_run_account(run, account);
    sim_account_name(run, &a, name, sizeof name);
    sim_page_script(p, name, name_columns(p) - 1);
    for (uint32_t i = 0; i < n; i++) {
        if (i == BILL)
            snprintf(text, sizeof text, "%.2f", figures[i]);
        else
            sim_number_count(text, figures[i]);
        sim_page_right(p, figure_end(p, i), text);
    }
    sim_page_line(p);
}

static void write_more(struct sim_page *p, uint32_t all, uint32_t shown)
{
    if (all > shown)
        sim_page_printf(p, "and %u more", all - shown);
    if (all > shown)
        sim_page_line(p);
}

static void write_tenants(struct sim_page *p, const struct sim_run *run)
{
    static const char *const heads[] = { "offered", "ok", "rejected", "failed", NULL };
    uint32_t rows[ROWS + 1], all = sim_account_count(run, SIM_BOOK_TENANTS);
    uint32_t n = largest(run, SIM_BOOK_TENANTS, SIM_ACCOUNT_OFFERED, rows);
    double fairness = sim_fairness(run);
    if (all < 2)
        return;
    write_heads(p, "Tenants", heads);
    for (uint32_t i = 0; i < n; i++) {
        const int64_t *c = sim_run_account(run, rows[i]).counts;
        double figures[] = { (double)c[SIM_ACCOUNT_OFFERED], (double)c[SIM_ACCOUNT_OK],
                             (double)c[SIM_ACCOUNT_REJECTED],
                             (double)(c[SIM_ACCOUNT_FAILED] - c[SIM_ACCOUNT_REJECTED]) };
        write_row(p, run, rows[i], figures, 4);
    }
    write_more(p, all, n);
    if (!isnan(fairness))
        sim_page_printf(p, "Fairness of their goodput (Jain's index): %.3f", fairness);
    sim_page_line(p);
    sim_page_line(p);
}

static void write_quota(struct sim_page *p, const struct sim_run *run, uint32_t limiter)
{
    static const char *const heads[] = { "used", "over", "refused", "left", "bill", NULL };
    const struct sim_limiter_def *def = sim_model_limiter_at(sim_run_model(run), limiter);
    uint32_t rows[ROWS + 1], book = SIM_BOOK_QUOTAS + limiter;
    uint32_t n = largest(run, book, SIM_ACCOUNT_USED, rows);
    char name[NAME + 2];
    if (n == 0) // nobody has asked it
        return;
    snprintf(name, sizeof name, "Quota%s%.16s", def->name[0] ? " " : "", def->name);
    write_heads(p, name, heads);
    for (uint32_t i = 0; i < n; i++) {
        struct sim_account_view a = sim_run_account(run, rows[i]);
        double figures[] = { (double)a.counts[SIM_ACCOUNT_USED],
                             (double)a.counts[SIM_ACCOUNT_OVER],
                             (double)a.counts[SIM_ACCOUNT_REFUSED], (double)a.left,
                             sim_account_bill(run, &a) };
        write_row(p, run, rows[i], figures, 5);
    }
    write_more(p, sim_account_count(run, book), n);
    sim_page_line(p);
}

void sim_text_accounts(struct sim_page *p, const struct sim_report *r)
{
    const struct sim_model *m = sim_run_model(r->run);
    write_tenants(p, r->run);
    for (uint32_t i = 0; i < sim_model_limiters(m); i++)
        if (sim_model_limiter_at(m, i)->is_quota)
            write_quota(p, r->run, i);
}
