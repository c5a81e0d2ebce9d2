#include "ui/view/arm.h"

#include <stdio.h>

#include "sim/report/number.h"

#define SIZES 5

// Sizes are as the language has them: factors, shares, seconds.
static const struct what {
    enum sim_fault_kind kind;
    char key;
    const char *said; // a size, after it was multiplied with the factor
    double factor, sizes[SIZES];
} whats[] = {
    {SIM_FAULT_SLOW,     's', "x%.4g",   1,    { 2, 4, 8, 16, 64 }          },
    { SIM_FAULT_FAIL,    'e', "%.4g%%",  100,  { 0.05, 0.2, 0.5, 0.8, 1 }   },
    { SIM_FAULT_CRASH,   'k', "",        1,    { 0 }                        },
    { SIM_FAULT_RESTART, 't', "",        1,    { 0 }                        },
    { SIM_FAULT_PAUSE,   'z', "",        1,    { 0 }                        },
    { SIM_FAULT_STOP,    'o', "",        1,    { 0 }                        },
    { SIM_FAULT_DROP,    'd', "%.4g%%",  100,  { 0.01, 0.05, 0.2, 0.5, 1 }  },
    { SIM_FAULT_LATENCY, 'l', "%.4g ms", 1000, { 0.001, 0.01, 0.05, 0.2, 1 }},
};
#define WHATS (sizeof whats / sizeof *whats)

static const double lengths_s[] = { 0.1, 1, 5, 10, 30, 60 };
#define LENGTHS (sizeof lengths_s / sizeof *lengths_s)

static const struct what *what_of(const struct ui_arm *arm)
{
    return &whats[arm->chosen[UI_ARM_WHAT]];
}

static bool is_of_links(const struct what *w)
{
    return w->kind == SIM_FAULT_DROP || w->kind == SIM_FAULT_LATENCY;
}

void ui_arm_default(struct ui_arm *arm)
{
    *arm = (struct ui_arm){
        .chosen = {[UI_ARM_SIZE] = 2, [UI_ARM_FOR] = 2}
    };
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

uint32_t ui_arm_where(const struct ui_film *f, uint32_t service)
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

// ---- Rows ----

uint32_t ui_arm_choices(const struct ui_arm *arm, const struct ui_film *f, uint32_t row)
{
    switch ((enum ui_arm_row)row) {
    case UI_ARM_WHAT:
        return WHATS;
    case UI_ARM_WHERE:
        return ui_arm_where(f, f->node_count - f->client_count);
    case UI_ARM_SIZE:
        return what_of(arm)->sizes[0] > 0 ? SIZES : 0;
    case UI_ARM_FOR:
        return what_of(arm)->kind == SIM_FAULT_RESTART ? 0 : LENGTHS + 1;
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
        say_target(f, target_of(f, choice), out, size);
        break;
    case UI_ARM_SIZE:
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
    static const char *const names[UI_ARM_ROWS] = { "what", "where", "how much", "for" };
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

struct sim_fault ui_arm_fault(const struct ui_arm *arm, const struct ui_film *film,
                              sim_time at)
{
    const struct what *w = what_of(arm);
    struct sim_fault f = { .kind = w->kind,
                           .target = target_of(film, arm->chosen[UI_ARM_WHERE]),
                           .amount = w->sizes[arm->chosen[UI_ARM_SIZE]],
                           .begin = at,
                           .end = SIM_NEVER };
    uint32_t length = arm->chosen[UI_ARM_FOR];
    if (w->kind != SIM_FAULT_RESTART && length < LENGTHS)
        f.end = at + (sim_time)(lengths_s[length] * SIM_S);
    if (is_of_links(w)) // a link leads to a service, whichever replica then takes the call
        f.target.replica = SIM_NONE;
    label(&f, w, film);
    return f;
}
