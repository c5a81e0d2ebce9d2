#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/host/scenario.h"
#include "scenarios/host/units.h"

// Knobs' settings as text.

bool scn_number_of(const char *text, double *x)
{
    char *end;
    *x = strtod(text, &end);
    if (end == text || !isfinite(*x))
        return false;
    end += strspn(end, " *");
    if (*end == '\0')
        return true;
    for (const struct scn_unit *u = scn_units; u->name; u++)
        if (strcmp(end, u->name) == 0) {
            *x *= u->factor;
            return true;
        }
    return false;
}

static bool set_choice(struct scn_knob *k, const char *text, char *wrong, size_t size)
{
    size_t n = (size_t)snprintf(wrong, size, "expected one of");
    for (uint32_t i = 0; i < k->choice_count; i++) {
        if (strcmp(k->choices[i], text) == 0) {
            k->number = i;
            return true;
        }
        if (n < size)
            n += (size_t)snprintf(wrong + n, size - n, " \"%s\"", k->choices[i]);
    }
    return false;
}

static bool set_number(struct scn_knob *k, const char *text, char *wrong, size_t size)
{
    double x;
    if (!scn_number_of(text, &x)) {
        snprintf(wrong, size, "expected a number, such as 300 or 80ms");
        return false;
    }
    if (!(x >= k->min && x <= k->max)) {
        snprintf(wrong, size, "expected %.14g to %.14g", k->min, k->max);
        return false;
    }
    k->number = x;
    return true;
}

bool scn_knob_set(struct scn_knob *k, const char *text, char *wrong, size_t size)
{
    if (k->type == SCN_KNOB_CHOICE)
        return set_choice(k, text, wrong, size);
    if (k->type == SCN_KNOB_NUMBER)
        return set_number(k, text, wrong, size);
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        snprintf(wrong, size, "expected true or false");
        return false;
    }
    k->number = strcmp(text, "true") == 0;
    return true;
}
