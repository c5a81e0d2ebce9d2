#include "sim/report/account.h"

#include <math.h>
#include <stdio.h>

double sim_fairness(const struct sim_run *run)
{
    double n = 0, sum = 0, squares = 0;
    for (uint32_t i = 0; i < sim_run_accounts(run); i++) {
        struct sim_account_view a = sim_run_account(run, i);
        if (a.book != SIM_BOOK_TENANTS || a.counts[SIM_ACCOUNT_OFFERED] == 0)
            continue;
        double x = (double)a.counts[SIM_ACCOUNT_OK];
        n++;
        sum += x;
        squares += x * x;
    }
    return squares > 0 ? sum * sum / (n * squares) : NAN;
}

uint32_t sim_account_count(const struct sim_run *run, uint32_t book)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < sim_run_accounts(run); i++)
        n += sim_run_account(run, i).book == book;
    return n;
}

double sim_account_bill(const struct sim_run *run, const struct sim_account_view *a)
{
    const struct sim_limiter_def *def =
        sim_model_limiter_at(sim_run_model(run), a->book - SIM_BOOK_QUOTAS);
    double over = (double)a->counts[SIM_ACCOUNT_OVER];
    double used = (double)a->counts[SIM_ACCOUNT_USED];
    return (used - over) * def->price + over * def->overage;
}

void sim_account_name(const struct sim_run *run, const struct sim_account_view *a,
                      char *text, size_t size)
{
    const struct sim_model *m = sim_run_model(run);
    int n = snprintf(text, size, "%s", a->keys == 0 ? "all" : "");
    for (uint32_t i = 0; i < a->keys && n >= 0 && (size_t)n < size; i++) {
        const char *word = sim_model_symbol_text(m, a->key[i]);
        const char *comma = i > 0 ? ", " : "";
        if (word)
            n += snprintf(text + n, size - (size_t)n, "%s%s", comma, word);
        else
            n += snprintf(text + n, size - (size_t)n, "%s%.15g", comma, a->key[i]);
    }
}
