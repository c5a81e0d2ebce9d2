#include <stdio.h>
#include <string.h>

#include "scenarios/sandbox/suggest.h"
#include "sim/report/metric.h"
#include "ui/cli/cli.h"

// convoy help goodput: what a figure says, by its name, a part of it, or a path.

// "gil" and "time" are parts of "time.gil".
static bool is_part(const char *name, const char *word)
{
    size_t n = strlen(word), m = strlen(name);
    if (n == 0 || n > m)
        return false;
    bool begins = strncmp(name, word, n) == 0 && (name[n] == '\0' || name[n] == '.');
    bool ends = strcmp(name + m - n, word) == 0 && name[m - n - (n < m)] == '.';
    return begins || ends;
}

// All of them are "metrics"; latency.under(0.2) is told of with the latency.
static bool is_meant(const struct sim_metric_about *a, const char *word)
{
    if (strncmp(word, "latency.under", sizeof "latency.under" - 1) == 0)
        word = "latency";
    static const char rate[] = "_per_s";
    char count[64];
    size_t n = strlen(word), r = sizeof rate - 1;
    if (strcmp(word, "metrics") == 0 || is_part(a->name, word))
        return true;
    if (!a->is_count || n <= r || n >= sizeof count || strcmp(word + n - r, rate) != 0)
        return false;
    snprintf(count, sizeof count, "%.*s", (int)(n - r), word);
    return is_part(a->name, count);
}

static bool are_there(const char *word)
{
    struct sim_metric_about a;
    for (uint32_t i = 0; sim_metric_about(i, &a); i++)
        if (is_meant(&a, word))
            return true;
    return false;
}

// What is left of a path behind a name: "users.latency.p99". Else the word.
static const char *word_of(const char *path)
{
    const char *dot = strchr(path, '.');
    return !are_there(path) && dot && are_there(dot + 1) ? dot + 1 : path;
}

// Those that say the same stand together: "SERVICE.latency.mean .p50 .p90".
static void print_paths(const char *word, const char *about)
{
    struct sim_metric_about a;
    const char *of = NULL;
    char paths[1024];
    size_t n = 0;
    for (uint32_t i = 0; sim_metric_about(i, &a) && n < sizeof paths; i++) {
        if (strcmp(a.about, about) != 0 || !is_meant(&a, word))
            continue;
        bool goes_on = of && strcmp(of, a.of) == 0;
        const char *last = strrchr(a.name, '.');
        n += (size_t)snprintf(paths + n, sizeof paths - n, "%s%s%s", of ? " " : "",
                              goes_on ? "" : a.of, goes_on && last ? last : a.name);
        of = a.of;
    }
    ui_print_wrapped(stdout, paths, 2, 6);
}

bool ui_help_metric(const char *path, bool goes_on)
{
    const char *word = word_of(path), *told[256];
    struct sim_metric_about a;
    uint32_t n = 0;
    bool has_count = false;
    for (uint32_t i = 0; sim_metric_about(i, &a) && n < 256; i++) {
        uint32_t k = 0;
        if (!is_meant(&a, word))
            continue;
        while (k < n && strcmp(told[k], a.about) != 0)
            k++;
        if (k < n)
            continue;
        if (n == 0)
            printf("%sFigures (in capitals: a name of the scenario):\n",
                   goes_on ? "\n" : "");
        told[n++] = a.about;
        has_count |= a.is_count;
        print_paths(word, a.about);
        ui_print_wrapped(stdout, a.about, 6, 6);
    }
    if (has_count)
        printf("A count may have _per_s behind it: its rate.\n");
    return n > 0;
}

void ui_help_offer_metrics(struct scn_suggestion *near)
{
    struct sim_metric_about a;
    for (uint32_t i = 0; sim_metric_about(i, &a); i++)
        scn_suggest_offer(near, a.name);
}
