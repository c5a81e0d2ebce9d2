// Holds pools of processes and of interpreters to figures that were recorded on real interpreters:
// check_cpython_pools CSV FOLDER FIDELITY. The costs of the presets come from other rows of the
// same recording (round trips, bursts, starts), none from these. Status 1 when the median error
// is above 8 %, fewer than nine in ten are within 20 %, or docs/fidelity.md does not list just
// those that are not.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/published/experiment.h"
#include "tests/published/fidelity.h"

#define ROWS   256
#define SEEDS  3
#define FIGURE "throughput_rel_1thread"

struct recorded {
    char interpreter[32], params[128];
    double median, p10, p90;
};

static bool read_row(FILE *f, struct recorded *r)
{
    char line[400], name[64];
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "%31[^,],%*[^,],%127[^,],%63[^,],%lf,%lf,%lf", r->interpreter,
                   r->params, name, &r->median, &r->p10, &r->p90) == 6 &&
            strcmp(name, FIGURE) == 0)
            return true;
    return false;
}

// cp3.14.7t is preset 3.14t: the patch release stands between two dots and the build's letter.
static void preset_of(const char *interpreter, char *version, size_t size)
{
    int major = 0, minor = 0, patch = 0;
    char build = '\0';
    sscanf(interpreter, "cp%d.%d.%d%c", &major, &minor, &patch, &build);
    snprintf(version, size, "%d.%d%s", major, minor, build == 't' ? "t" : "");
}

static bool set_up(const struct recorded *r, const char *folder, struct lab_experiment *e)
{
    double cores, W, T;
    char mode[8], version[16];
    if (sscanf(r->params, "cores=%lf;W_ms=%lf;T=%lf;mode=%7s", &cores, &W, &T, mode) != 4)
        return false;
    preset_of(r->interpreter, version, sizeof version);
    *e = (struct lab_experiment){ .folder = folder, .file = "cpython-pools.lua" };
    lab_experiment_choose(e, "version", version);
    lab_experiment_choose(e, "mode", mode);
    lab_experiment_set(e, "cores", cores);
    lab_experiment_set(e, "W_ms", W);
    lab_experiment_set(e, "T", T);
    lab_experiment_figure(e, FIGURE);
    return true;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The error of one row, or a number beyond all when it cannot be had.
static double error_of(const struct recorded *r, const char *folder)
{
    struct lab_experiment e;
    struct lab_samples s = { 0 };
    double error = HUGE_VAL;
    if (!set_up(r, folder, &e) || !lab_experiment_run(&e, &s, SEEDS)) {
        printf("%s %s: %s\n", r->interpreter, r->params, s.error);
    } else {
        qsort(s.at[0], s.count, sizeof *s.at[0], compare);
        double x = s.at[0][SEEDS / 2];
        error = x / r->median - 1;
        printf("%-10s %-40s recorded %.3f (%.3f to %.3f), here %.3f, %+.1f %%\n",
               r->interpreter, r->params, r->median, r->p10, r->p90, x, 100 * error);
    }
    lab_samples_free(&s);
    return error;
}

// A row that is far off is listed with its cause, and no other.
static bool is_told(const struct fidelity *f, const struct recorded *r, double error)
{
    bool listed = fidelity_lists(f, r->interpreter, r->params, FIGURE);
    bool far = fabs(error) > 0.2;
    if (listed != far)
        printf("%s %s is %s\n", r->interpreter, r->params,
               far ? "more than 20 % off and not listed" : "listed and within 20 %");
    return listed == far;
}

int main(int argc, char **argv)
{
    double errors[ROWS];
    uint32_t n = 0, within = 0;
    bool told = true;
    struct recorded r;
    struct fidelity fidelity;
    FILE *f = argc == 4 ? fopen(argv[1], "r") : NULL;
    if (!f || !fidelity_read(&fidelity, argv[3])) {
        fputs("usage: check_cpython_pools CSV FOLDER FIDELITY\n", stderr);
        return 2;
    }
    while (n < ROWS && read_row(f, &r)) {
        double error = error_of(&r, argv[2]);
        told = is_told(&fidelity, &r, error) && told;
        within += fabs(error) <= 0.2;
        errors[n++] = fabs(error);
    }
    fclose(f);
    fidelity_free(&fidelity);
    qsort(errors, n, sizeof *errors, compare);
    double median = n > 0 ? errors[n / 2] : HUGE_VAL;
    printf("%u figures, median error %.1f %%, %u within 20 %%\n", n, 100 * median, within);
    return !(median <= 0.08 && within * 10 >= n * 9 && told);
}
