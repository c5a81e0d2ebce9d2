#include "ui/window/rubric.h"

#include <inttypes.h>
#include <string.h>

#include "sim/report/number.h"
#include "sim/report/report.h"

// ---- Text ----

// Names come from scripts: what Markdown would take for a sign of its own is none.
static void say(FILE *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (strchr("\\`*_[]<>#|", *c))
            fputc('\\', out);
        fputc((unsigned char)*c < ' ' || *c == 127 ? ' ' : *c, out);
    }
}

static void say_item(FILE *out, const char *before, const char *text, const char *behind)
{
    fputs(before, out);
    say(out, text);
    fputs(behind, out);
}

// ---- What is true ----

static void say_faults(FILE *out, const struct ui_film *f)
{
    char from[SIM_NUMBER_ROOM], to[SIM_NUMBER_ROOM];
    for (size_t i = 0; i < f->flag_count; i++) {
        const struct ui_flag *flag = &f->flags[i];
        sim_number_duration(from, (double)flag->begin / SIM_S);
        say_item(out, "- ", f->fault_labels[flag->fault], "");
        fprintf(out, ", from %s", flag->begin > 0 ? from : "the start");
        if (flag->end != SIM_NEVER && flag->end > flag->begin) {
            sim_number_duration(to, (double)flag->end / SIM_S);
            fprintf(out, " to %s", to);
        }
        fputc('\n', out);
    }
    if (f->flag_count == 0)
        fputs("- nothing has been done to it so far\n", out);
}

static void say_checks(FILE *out, const struct ui_film *f)
{
    for (uint32_t i = 0; i < f->check_count; i++) {
        int state = f->checks[i].state;
        say_item(out, "- ", f->checks[i].claim, "");
        fputs(state == SIM_PASSED   ? ": holds\n"
              : state == SIM_FAILED ? ": does not hold\n"
                                    : ": undecided\n",
              out);
    }
}

static void say_presets(FILE *out, const struct ui_film *f)
{
    for (uint32_t i = 0; i < f->preset_count; i++) {
        fprintf(out, "- F%" PRIu32 ": ", i + 1);
        say(out, i == 0 ? "as it stands" : f->presets[i]);
        fputc('\n', out);
    }
}

static void say_truth(FILE *out, const struct ui_film *f)
{
    fputs("\n## What is true\n\n", out);
    if (!f) {
        fputs("Nothing is known of the run yet.\n", out);
        return;
    }
    say_faults(out, f);
    if (f->check_count > 0)
        fputs("\nWhat the scenario claims:\n\n", out);
    say_checks(out, f);
    fputs("\nPresets:\n\n", out);
    say_presets(out, f);
}

// ---- How it goes ----

static void say_course(FILE *out)
{
    fputs(
        "\n## How it goes\n\n"
        "1. Before anything is broken: which figures say that it is well? Write them down.\n"
        "2. Break it, blind, and give the alert: what users meet, and since when.\n"
        "3. Hypotheses, each with the signal that would refute it. `N` shows what goes on "
        "inside.\n"
        "4. Mitigate first: fire what they say as another future, and compare.\n"
        "5. Root cause. `N` shows when, and then what it was.\n"
        "6. Prevent: which limit, alert or test would have caught it?\n"
        "7. Talk it over: what they saw first, what they missed, what is true above.\n",
        out);
}

// ---- Scores ----

static const char *const steps[] = { "strong no", "no", "yes", "strong yes" };

static const struct {
    const char *name, *shown[4]; // by behaviour, a step each
} axes[] = {
    { "Scoping and goals",
      { "changes things before asking what the system is for",
        "asks, but names no figure that tells well from unwell",
        "states a steady state that can be measured before anything is broken",
        "and says which of it users notice, and what it may cost to keep" } },
    { "Request path and design",
      { "cannot say which services a request passes",
        "names the services, not what waits where",
        "follows one request through lines, workers and calls to where it waits",
        "and foretells what one limit does to those before and behind it" } },
    { "Trade-offs",
      { "has one answer to everything: more replicas, more retries",
        "names a remedy, not what it costs",
        "weighs two remedies by what each costs under load and at rest",
        "and says when the remedy itself does harm, and how one would notice" } },
    { "Scale and performance",
      { "takes the mean for what users meet",
        "reads p99 and goodput, without the load they belong to",
        "reasons from arrivals, service time and workers to utilisation and lines",
        "and tells saturation, contention and wasted work apart by a figure each" } },
    { "Failure and operability",
      { "takes the first symptom for the cause", "has several hypotheses and tests none",
        "looks for the signal that would refute one, and mitigates before the root cause",
        "and asks whether it comes back by itself, and what keeps it from coming again" } },
    { "Communication",
      { "is silent, or cannot be followed",
        "thinks aloud, without a word when the picture changes",
        "says what is known, what is guessed and what comes next",
        "and somebody who comes late could take over from there" } },
};

static void say_scores(FILE *out)
{
    fputs(
        "\n## Scores\n\n"
        "Each axis by itself, on what was seen, not on the whole impression. Of a junior "
        "expect *yes* on\n1, 2 and 6, with hints; of a middle engineer on all but 3, without; "
        "of a senior on all, and *strong\nyes* on one of 3 to 5; above that on 3 and 5.\n",
        out);
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++) {
        fprintf(out, "\n### %zu. %s\n\n", i + 1, axes[i].name);
        for (int k = 0; k < 4; k++)
            fprintf(out, "- [ ] **%s**: %s\n", steps[k], axes[i].shown[k]);
        fputs("\nEvidence:\n", out);
    }
}

// ---- What was done ----

// Indented lines are text as they stand.
static void say_log(FILE *out, const struct ui_evidence *e, const char *last)
{
    fputs("\n## What was done\n\n       elapsed      moment  what\n", out);
    for (const char *line = e->text ? e->text : ""; *line;) {
        size_t n = strcspn(line, "\n");
        fprintf(out, "    %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    if (e->is_full)
        fputs("    more was done than is kept here\n", out);
    fprintf(out, "    %s\n", last);
}

void ui_rubric_write(FILE *out, const struct ui_film *film, const struct ui_evidence *e,
                     const char *first, const char *last)
{
    say_item(out, "# For whoever leads: ", film ? film->scenario : "a run", "\n\n");
    say_item(out, "", first, ". Not for the shared screen.\n");
    say_truth(out, film);
    say_course(out);
    say_scores(out);
    say_log(out, e, last);
}
