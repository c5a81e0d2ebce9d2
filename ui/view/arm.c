#include "ui/view/arm.h"

#include <math.h>
#include <stdio.h>

#include "sim/report/number.h"

#define SIZES 5
#define TURNS 7u

// Sizes are as the language has them: factors, shares, seconds.
static const struct what {
    enum sim_fault_kind kind;
    char key;
    const char *said; // a size, after it was multiplied with the factor
    double factor, sizes[SIZES];
} whats[] = {
    { SIM_FAULT_SLOW, 's', "x%.4g", 1, { 2, 4, 8, 16, 64 } },
    { SIM_FAULT_FAIL, 'e', "%.4g%%", 100, { 0.05, 0.2, 0.5, 0.8, 1 } },
    { SIM_FAULT_CRASH, 'k', "", 1, { 0 } },
    { SIM_FAULT_RESTART, 't', "", 1, { 0 } },
    { SIM_FAULT_PAUSE, 'z', "", 1, { 0 } },
    { SIM_FAULT_STOP, 'o', "", 1, { 0 } },
    { SIM_FAULT_DROP, 'd', "%.4g%%", 100, { 0.01, 0.05, 0.2, 0.5, 1 } },
    { SIM_FAULT_LATENCY, 'l', "%.4g ms", 1000, { 0.001, 0.01, 0.05, 0.2, 1 } },
    { SIM_FAULT_PARTITION, 'p', "", 1, { 0 } },
    { SIM_FAULT_REFUSE, 'n', "", 1, { 0 } },
    { SIM_FAULT_OOM, 'm', "", 1, { 0 } },
    { SIM_FAULT_LEAK, 'g', "%.4g MB/s", 1e-6, { 1e6, 5e6, 2e7, 1e8, 5e8 } },
    { SIM_FAULT_SCALE, 'a', "to %.4g", 1, { 1, 2, 3, 5, 10 } },
    { SIM_FAULT_DEPLOY, 'y', "%.4g at a time", 1, { 1, 2, 3, 5, 10 } },
    { SIM_FAULT_STEAL, 'h', "%.4g%%", 100, { 0.1, 0.25, 0.5, 0.8, 0.99 } },
    { SIM_FAULT_POISON, 'b', "%.4g", 1, { 1, 2, 5, 20, 100 } },
    { SIM_FAULT_BANDWIDTH, 'j', "%.4g MB/s", 1e-6, { 1e7, 1e6, 1e5, 1e4, 1e3 } },
    { SIM_FAULT_TURN, 'v', "", 1, { 0 } },
};
#define WHATS (sizeof whats / sizeof *whats)

static const double lengths_s[] = { 0.1, 1, 5, 10, 30, 60 };
#define LENGTHS (sizeof lengths_s / sizeof *lengths_s)

static const struct what *what_of(const struct ui_arm *arm)
{
    return &whats[arm->chosen[UI_ARM_WHAT]];
}

// How long it lasts is no choice.
static bool ends_by_itself(const struct what *w)
{
    return sim_fault_is_momentary(w->kind) || w->kind == SIM_FAULT_DEPLOY;
}

static bool is_of_service(const struct what *w)
{
    return w->kind == SIM_FAULT_SCALE || w->kind == SIM_FAULT_DEPLOY ||
           w->kind == SIM_FAULT_POISON;
}

static bool is_of_links(const struct what *w)
{
    return w->kind == SIM_FAULT_DROP || w->kind == SIM_FAULT_LATENCY ||
           w->kind == SIM_FAULT_PARTITION || w->kind == SIM_FAULT_REFUSE ||
           w->kind == SIM_FAULT_BANDWIDTH;
}

void ui_arm_default(struct ui_arm *arm)
{
    *arm = (struct ui_arm){ .chosen = { [UI_ARM_SIZE] = 2, [UI_ARM_FOR] = 2 } };
}

// ---- Where ----

// Each service, and behind one that has several replicas each of these.
static struct sim_target target_of(const struct ui_film *f, uint32_t choice)
{
    struct sim_target t = { 0, SIM_NONE, SIM_NONE };
    for (uint32_t s = 0; s < f->node_count - f->client_count; s++) {
        uint32_t replicas = f->nodes[f->client_count + s].replicas;
        uint32_t n = replicas > 1 ? replicas + 1 : 1;
        t.service = s;
        if (choice < n) {
            t.replica = choice == 0 ? SIM_NONE : choice - 1;
            return t;
        }
        choice -= n;
    }
    return t;
}

static uint32_t choices_before(const struct ui_film *f, uint32_t service)
{
    uint32_t before = 0;
    for (uint32_t s = 0; s < service; s++) {
        uint32_t replicas = f->nodes[f->client_count + s].replicas;
        before += replicas > 1 ? replicas + 1 : 1;
    }
    return before;
}

static void say_target(const struct ui_film *f, struct sim_target t, char *out, size_t size)
{
    const char *name = f->nodes[f->client_count + t.service].name;
    if (t.replica == SIM_NONE)
        snprintf(out, size, "%s", name);
    else
        snprintf(out, size, "%.50s[%u]", name, t.replica + 1);
}

// ---- Knobs ----

// Round numbers over the range of a knob, or around where it stands when there is no range.
static double to_turn_to(const struct ui_knob *k, uint32_t choice)
{
    static const double around[TURNS] = { 0, 0.25, 0.5, 0.8, 1.25, 2, 4 };
    if (k->choice_count > 0)
        return choice;
    bool is_whole = k->standing == floor(k->standing) && k->min == floor(k->min);
    double x = isfinite(k->min) && isfinite(k->max)
                   ? k->min + (k->max - k->min) * choice / (TURNS - 1)
                   : fmin(fmax(k->standing * around[choice], k->min), k->max);
    double step = pow(10, floor(log10(fmax(fabs(x), 1e-9))) - 1); // two digits
    double rounded = round(x / step) * step;
    x = rounded >= k->min && rounded <= k->max ? rounded : x;
    return is_whole ? round(x) : x;
}

static const struct ui_knob *knob_of(const struct ui_arm *arm, const struct ui_film *f)
{
    return &f->knobs[ui_arm_chosen(arm, f, UI_ARM_WHERE)];
}

static void say_turn(const struct ui_knob *k, uint32_t choice, char *out, size_t size)
{
    if (k->choice_count > 0)
        snprintf(out, size, "%s", k->choices[choice]);
    else
        snprintf(out, size, "%.4g%s%s", to_turn_to(k, choice), k->unit[0] ? " " : "",
                 k->unit);
}

// ---- Rows ----

static bool is_turn(const struct ui_arm *arm)
{
    return what_of(arm)->kind == SIM_FAULT_TURN;
}

uint32_t ui_arm_chosen(const struct ui_arm *arm, const struct ui_film *f, uint32_t row)
{
    uint32_t n = ui_arm_choices(arm, f, row);
    if (row >= UI_ARM_ROWS)
        return 0;
    return arm->chosen[row] < n ? arm->chosen[row] : n - 1;
}

uint32_t ui_arm_where(const struct ui_arm *arm, const struct ui_film *f, uint32_t service)
{
    return is_turn(arm) ? 0 : choices_before(f, service);
}

// Without knobs there is nothing to turn.
static uint32_t whats_of(const struct ui_film *f)
{
    return f->knob_count > 0 ? WHATS : WHATS - 1;
}

static uint32_t sizes_of(const struct ui_arm *arm, const struct ui_film *f)
{
    if (!is_turn(arm))
        return what_of(arm)->sizes[0] > 0 ? SIZES : 0;
    const struct ui_knob *k = knob_of(arm, f);
    return k->choice_count > 0 ? k->choice_count : TURNS;
}

uint32_t ui_arm_choices(const struct ui_arm *arm, const struct ui_film *f, uint32_t row)
{
    switch ((enum ui_arm_row)row) {
    case UI_ARM_WHAT:
        return whats_of(f);
    case UI_ARM_WHERE:
        return is_turn(arm) ? f->knob_count
                            : choices_before(f, f->node_count - f->client_count);
    case UI_ARM_SIZE:
        return sizes_of(arm, f);
    case UI_ARM_FOR:
        return is_turn(arm) || ends_by_itself(what_of(arm)) ? 0 : LENGTHS + 1;
    default:
        return 0;
    }
}

void ui_arm_say(const struct ui_arm *arm, const struct ui_film *f, uint32_t row,
                uint32_t choice, char *out, size_t size)
{
    const struct what *w = what_of(arm);
    switch ((enum ui_arm_row)row) {
    case UI_ARM_WHAT:
        snprintf(out, size, "%s", sim_fault_name(whats[choice].kind));
        break;
    case UI_ARM_WHERE:
        if (is_turn(arm))
            snprintf(out, size, "%s", f->knobs[choice].name);
        else
            say_target(f, target_of(f, choice), out, size);
        break;
    case UI_ARM_SIZE:
        if (is_turn(arm))
            say_turn(knob_of(arm, f), choice, out, size);
        else
            snprintf(out, size, w->said, w->sizes[choice] * w->factor);
        break;
    default:
        if (choice == LENGTHS)
            snprintf(out, size, "for good");
        else
            snprintf(out, size, "%g s", lengths_s[choice]);
    }
}

const char *ui_arm_row_name(uint32_t row)
{
    static const char *const names[UI_ARM_ROWS] = { "what", "which", "how much", "for" };
    return names[row];
}

uint32_t ui_arm_by_key(int key)
{
    for (uint32_t i = 0; i < WHATS; i++)
        if (whats[i].key == key)
            return i;
    return SIM_NONE;
}

// ---- The fault ----

// As the language says it: "db slow x8".
static void label(struct sim_fault *f, const struct what *w, const struct ui_film *film)
{
    char where[64], much[32];
    say_target(film, f->target, where, sizeof where);
    snprintf(much, sizeof much, w->said, f->amount * w->factor);
    snprintf(f->label, sizeof f->label, "%.60s %s%s%s", where, sim_fault_name(f->kind),
             much[0] ? " " : "", much);
}

static struct sim_fault turn(const struct ui_arm *arm, const struct ui_film *film,
                             sim_time at)
{
    const struct ui_knob *k = knob_of(arm, film);
    uint32_t choice = ui_arm_chosen(arm, film, UI_ARM_SIZE);
    struct sim_fault f = { .kind = SIM_FAULT_TURN,
                           .amount = to_turn_to(k, choice),
                           .begin = at,
                           .end = SIM_NEVER };
    char to[64];
    say_turn(k, choice, to, sizeof to);
    snprintf(f.from, sizeof f.from, "%s", k->name);
    snprintf(f.label, sizeof f.label, "%.40s = %.48s", k->name, to);
    return f;
}

struct sim_fault ui_arm_fault(const struct ui_arm *arm, const struct ui_film *film,
                              sim_time at)
{
    const struct what *w = what_of(arm);
    if (is_turn(arm))
        return turn(arm, film, at);
    struct sim_fault f = { .kind = w->kind,
                           .target =
                               target_of(film, ui_arm_chosen(arm, film, UI_ARM_WHERE)),
                           .begin = at,
                           .end = SIM_NEVER };
    if (w->sizes[0] > 0)
        f.amount = w->sizes[ui_arm_chosen(arm, film, UI_ARM_SIZE)];
    if (!ends_by_itself(w)) {
        uint32_t length = ui_arm_chosen(arm, film, UI_ARM_FOR);
        if (length < LENGTHS)
            f.end = at + (sim_time)(lengths_s[length] * SIM_S);
    }
    if (is_of_links(w) ||
        is_of_service(
            w)) // a link leads to a service, whichever replica then takes the call
        f.target.replica = SIM_NONE;
    label(&f, w, film);
    // What a new process takes to start is a guess, so that something is seen.
    f.rollout = (struct sim_rollout){ .unavailable = (uint32_t)f.amount,
                                      .startup = 2 * (sim_time)SIM_S };
    return f;
}
