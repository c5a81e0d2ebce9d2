#define _GNU_SOURCE // strcasestr
#include "tests/ui/view/secrets.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

// Whether a text has a secret in it, in whatever case, and not as a part of other words.
static bool tells(const char *text, const char *secret)
{
    size_t n = strlen(secret);
    for (const char *p = text; n > 0 && *p; p++)
        if (strncasecmp(p, secret, n) == 0 && (p == text || !is_word(p[-1])) &&
            !is_word(p[n]))
            return true;
    return false;
}

// A variant may be called by an everyday word, which gives something away alone, or set apart.
static bool tells_variant(const char *text, const char *variant)
{
    char behind[80], before[80];
    if (strchr(variant, ' '))
        return tells(text, variant);
    snprintf(behind, sizeof behind, "  %s", variant);
    snprintf(before, sizeof before, "%s  ", variant);
    return variant[0] && (strcasecmp(text, variant) == 0 || strcasestr(text, behind) ||
                          strcasestr(text, before));
}

static bool tells_name(const char *text, const struct ui_film *f)
{
    const char *slash = strrchr(f->file, '/');
    char base[256];
    snprintf(base, sizeof base, "%s", slash ? slash + 1 : f->file);
    if (tells(text, base) || tells(text, f->scenario) || tells(text, f->about) ||
        tells_variant(text, f->variant))
        return true;
    char *dot = strrchr(base, '.');
    if (dot)
        *dot = '\0';
    for (uint32_t i = 1; i < f->preset_count; i++)
        if (tells_variant(text, f->presets[i]))
            return true;
    return tells(text, base);
}

// A fault by its label, or by what it is said to do: "slow x8". The sheet of keys has words such as
// pause of its own.
static bool tells_fault(const char *text, const struct ui_film *f, bool is_sheet)
{
    for (uint32_t i = 0; i < f->fault_count; i++) {
        const char *does = is_sheet ? NULL : strchr(f->fault_labels[i], ' ');
        if (tells(text, f->fault_labels[i]) || (does && tells(text, does + 1)))
            return true;
    }
    return false;
}

static bool tells_claim(const char *text, const struct film_run *r)
{
    uint32_t n;
    const struct scn_expectation *e = scn_scenario_expectations(r->result.scenario, &n);
    for (uint32_t i = 0; i < n; i++)
        if (tells(text, e[i].claim) || tells(text, e[i].because))
            return true;
    return false;
}

// Names of knobs are everyday words: one gives something away alone, or with what it stands at.
static bool tells_knob(const char *text, const struct film_run *r)
{
    uint32_t n;
    const struct scn_knob *k = scn_scenario_knobs(r->result.scenario, &n);
    for (uint32_t i = 0; i < n; i++) {
        char set[80];
        snprintf(set, sizeof set, "%s =", k[i].name);
        if (strcmp(text, k[i].name) == 0 || strstr(text, set))
            return true;
    }
    return false;
}

unsigned secrets_in(const struct ui_list *list, const struct film_run *run,
                    const char *const *more, char *first)
{
    unsigned told = 0;
    first[0] = '\0';
    for (size_t i = 0; i < list->count; i++) {
        const struct ui_command *c = &list->at[i];
        if (c->kind != UI_TEXT)
            continue;
        const char *text = ui_list_text(list, c);
        bool is_sheet = strcmp(c->what, "does") == 0;
        bool is_told = tells_name(text, &run->film) ||
                       tells_fault(text, &run->film, is_sheet) || tells_claim(text, run) ||
                       tells_knob(text, run);
        for (const char *const *m = more; m && *m; m++)
            is_told |= tells(text, *m);
        if (is_told && told++ == 0)
            snprintf(first, 256, "%s: \"%s\"", c->what, text);
    }
    return told;
}
