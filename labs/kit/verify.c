#include "labs/kit/verify.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "labs/kit/verify_private.h"

static const char *const names[] = { "gil",        "thread_pool", "process_pool",
                                     "event_loop", "lock",        NULL };

const char *const *lab_verify_names(void)
{
    return names;
}

const char *lab_verdict_name(enum lab_verdict verdict)
{
    static const char *const words[] = { "agree", "differ", "undecided", "absent" };
    return words[verdict];
}

const char *lab_check_kind_name(enum lab_check_kind kind)
{
    return kind == LAB_DECISION ? "decision" : "statistic";
}

void lab_report_add(struct lab_report *out, const struct lab_check *check)
{
    assert(out->count < LAB_CHECKS);
    out->checks[out->count++] = *check;
    out->verdicts[check->verdict]++;
}

void lab_verify_default(struct lab_verify_def *def)
{
    *def = (struct lab_verify_def){ .has_statistics = true, .interval_factor = 1 };
}

static void add_absent(struct lab_report *out, const char *name)
{
    struct lab_check check = { .kind = LAB_DECISION, .verdict = LAB_ABSENT };
    snprintf(check.name, sizeof check.name, "%s", name);
    snprintf(check.detail, sizeof check.detail, "has no real implementation yet");
    lab_report_add(out, &check);
}

void lab_verify(const struct lab_verify_def *def, struct lab_report *out)
{
    *out = (struct lab_report){ .count = 0 };
    if (def->count == 0)
        lab_verify_gil(def, out);
    for (uint32_t i = 0; i < def->count; i++)
        if (strcmp(def->names[i], "gil") == 0)
            lab_verify_gil(def, out);
        else
            add_absent(out, def->names[i]);
}
