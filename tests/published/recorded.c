#include "tests/published/recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_line(char *line, struct recorded *r)
{
    char *fields[8], *rest = line;
    line[strcspn(line, "\r\n")] = '\0';
    for (uint32_t i = 0; i < 8; i++) {
        fields[i] = rest;
        rest = rest ? strchr(rest, ',') : NULL;
        if (rest)
            *rest++ = '\0';
        else if (i < 7)
            return false;
    }
    snprintf(r->interpreter, sizeof r->interpreter, "%.*s", (int)sizeof r->interpreter - 1,
             fields[0]);
    snprintf(r->name, sizeof r->name, "%.*s", (int)sizeof r->name - 1, fields[1]);
    snprintf(r->params, sizeof r->params, "%.*s", (int)sizeof r->params - 1, fields[2]);
    snprintf(r->metric, sizeof r->metric, "%.*s", (int)sizeof r->metric - 1, fields[3]);
    r->median = atof(fields[4]);
    r->p10 = atof(fields[5]);
    r->p90 = atof(fields[6]);
    return true;
}

bool recordings_read(struct recordings *r, const char *file, char *message, size_t size)
{
    char line[512];
    FILE *f = fopen(file, "r");
    r->count = 0;
    if (!f) {
        snprintf(message, size, "%s cannot be read", file);
        return false;
    }
    bool is_good =
        fgets(line, sizeof line, f) && strncmp(line, "interpreter,case,", 17) == 0;
    while (is_good && fgets(line, sizeof line, f))
        is_good = r->count < RECORDED && read_line(line, &r->at[r->count++]);
    fclose(f);
    if (!is_good)
        snprintf(message, size, "%s: line %u is not as it should be", file, r->count + 1);
    return is_good;
}

void recorded_version(const struct recorded *r, char *version, size_t size)
{
    unsigned major, minor, patch;
    char kind[2] = "";
    if (sscanf(r->interpreter, "cp%u.%u.%u%1[t]", &major, &minor, &patch, kind) < 3)
        abort();
    snprintf(version, size, "%u.%u%s", major, minor, kind);
}

bool recorded_param(const struct recorded *r, const char *key, char *value, size_t size)
{
    size_t n = strlen(key);
    for (const char *p = r->params; p; p = strchr(p, ';')) {
        p += *p == ';';
        if (strncmp(p, key, n) != 0 || p[n] != '=')
            continue;
        snprintf(value, size, "%.*s", (int)strcspn(p + n + 1, ";"), p + n + 1);
        return true;
    }
    return false;
}

void recorded_settings(const struct recorded *r, struct lab_experiment *e)
{
    char version[16], text[sizeof r->params];
    recorded_version(r, version, sizeof version);
    lab_experiment_choose(e, "version", version);
    snprintf(text, sizeof text, "%s", r->params);
    for (char *pair = strtok(text, ";"); pair; pair = strtok(NULL, ";")) {
        char *value = strchr(pair, '=');
        if (!value) { // a word by itself
            lab_experiment_choose(e, "kind", pair);
            continue;
        }
        *value = '\0';
        lab_experiment_choose(e, pair, value + 1);
    }
}
