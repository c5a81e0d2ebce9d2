#include <inttypes.h>
#include <stdio.h>

#include "labs/kit/draws.h"
#include "labs/kit/policies/verify_outbox.h"
#include "labs/kit/verify_private.h"

// The outbox: writers, relays and consumers die at numbered steps; after each of them model and real
// code must have the same orders, the same of them lost and invented, the same effects in the same
// order, and the same left to do.

#ifdef LAB_HAS_SQLITE
static const char *const kinds[] = { "outbox",           "write first",
                                     "publish first",    "without an inbox",
                                     "two transactions", NULL };
static const char *const killed[] = { "outbox, killed", "write first, killed",
                                      "publish first, killed", NULL };
static const char *const words[] = { "writer", "refused writer", "relay", "consumer",
                                     NULL };

// Enumerators of labs/outbox, by kind.
static const int ways[] = { 0, 2, 3, 0, 1 };

static struct lab_step any_step(uint64_t *r)
{
    static const uint32_t likely[] = { LAB_OUTBOX_WRITES,     LAB_OUTBOX_WRITES,
                                       LAB_OUTBOX_WRITES,     LAB_OUTBOX_RELAYS,
                                       LAB_OUTBOX_RELAYS,     LAB_OUTBOX_RELAYS,
                                       LAB_OUTBOX_CONSUMES,   LAB_OUTBOX_CONSUMES,
                                       LAB_OUTBOX_IS_REFUSED, LAB_OUTBOX_CONSUMES };
    static const uint32_t deaths[] = { LAB_OUTBOX_WRITER_DEATHS, LAB_OUTBOX_WRITER_DEATHS,
                                       LAB_OUTBOX_RELAY_DEATHS,
                                       LAB_OUTBOX_CONSUMER_DEATHS };
    struct lab_step one = { .word = likely[lab_draw_below(r, 10)] };
    uint32_t at = lab_draw_below(r, deaths[one.word]), whole = 0;
    if (one.word >= LAB_OUTBOX_RELAYS)
        whole = lab_draw_below(r, LAB_OUTBOX_WHOLE);
    else if (lab_draw_below(r, 3) > 0)
        at = LAB_OUTBOX_WRITER_DEATHS - 1;
    one.amount = whole * 8 + at;
    return one;
}

static void make(uint32_t kind, uint64_t seed, struct lab_steps *s)
{
    uint64_t r = seed * 8 + kind;
    *s = (struct lab_steps){ .kind = kind };
    s->def.outbox.way = ways[kind];
    s->def.outbox.dedupes = kind != LAB_OUTBOX_FORGOT;
    while (s->count < LAB_STEPS)
        s->at[s->count++] = any_step(&r);
}

static void describe(const struct lab_steps *s, char *text, size_t size)
{
    (void)s;
    snprintf(text, size, "deaths");
}

static void tell(const struct lab_steps *s, const struct lab_step *one, char *text,
                 size_t size)
{
    uint32_t whole = lab_outbox_whole(one), at = lab_outbox_dies_at(one);
    (void)s;
    if (whole > 0)
        snprintf(text, size, "%s at %u after %u", words[one->word], at, whole);
    else
        snprintf(text, size, "%s at %u", words[one->word], at);
}

// What there is not is not told.
static size_t tell_count(int64_t n, const char *what, char *text, size_t size, size_t used)
{
    if (n == 0 || used >= size)
        return used;
    return used + (size_t)snprintf(text + used, size - used, "%s%s %" PRId64,
                                   used > 0 ? ", " : "", what, n);
}

static void tell_answer(const struct lab_steps *s, const struct lab_step *one,
                        int64_t answer, char *text, size_t size)
{
    static const char *const names[] = { "orders", "lost",   "invented",
                                         "again",  "unsent", "unread" };
    int64_t unit = 10000000000, counts = answer / 1000000;
    size_t used = 0;
    (void)s;
    (void)one;
    snprintf(text, size, answer < 0 ? "no answer" : "nothing");
    for (int i = 0; answer > 0 && i < 6; i++, unit /= 100)
        used = tell_count(counts / unit % 100, names[i], text, size, used);
    for (int64_t at = 10000; answer > 0 && at > 0; at /= 100)
        used = tell_count(answer / at % 100, "effect", text, size, used);
}

const struct lab_steps_pattern lab_outbox_pattern = {
    .name = "outbox",
    .kinds = kinds,
    .words = words,
    .is_untimed = true,
    .model = { lab_outbox_model_open, lab_outbox_model_step, lab_outbox_model_close },
    .real = { lab_outbox_real_open, lab_outbox_real_step, lab_outbox_real_close },
    .make = make,
    .scripts = LAB_STEP_SCRIPTS / 6, // all kinds together as many as of others each
    .describe = describe,
    .tell = tell,
    .tell_answer = tell_answer,
};

const struct lab_steps_pattern lab_outbox_killed_pattern = {
    .name = "outbox",
    .kinds = killed,
    .words = words,
    .is_untimed = true,
    .model = { lab_outbox_model_open, lab_outbox_model_step, lab_outbox_model_close },
    .real = { lab_outbox_killed_open, lab_outbox_real_step, lab_outbox_real_close },
    .make = make,
    .scripts = 1,
    .describe = describe,
    .tell = tell,
    .tell_answer = tell_answer,
};

void lab_verify_outbox(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_steps(def, &lab_outbox_pattern, &lab_outbox_pattern.real, out);
    struct lab_verify_def fewer = *def; // a process for each step: some thousands
    fewer.random_scripts = (def->random_scripts + 2) / 3;
    lab_verify_steps(&fewer, &lab_outbox_killed_pattern, &lab_outbox_killed_pattern.real,
                     out);
}
#else

void lab_verify_outbox(const struct lab_verify_def *def, struct lab_report *out)
{
    struct lab_check check = { .kind = LAB_DECISION, .verdict = LAB_ABSENT };
    (void)def;
    snprintf(check.name, sizeof check.name, "outbox");
    snprintf(check.detail, sizeof check.detail,
             "needs SQLite when convoy is built (Debian: libsqlite3-dev)");
    lab_report_add(out, &check);
}

#endif
