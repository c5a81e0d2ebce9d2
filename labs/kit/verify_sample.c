#include <math.h>
#include <stdio.h>

#include "labs/kit/verify_private.h"

void lab_sample_add(struct lab_sample *s, double x)
{
    s->sum += x;
    s->squares += x * x;
    s->count++;
}

void lab_sample_join(struct lab_sample *s, const struct lab_sample *more)
{
    s->sum += more->sum;
    s->squares += more->squares;
    s->count += more->count;
}

double lab_sample_mean(const struct lab_sample *s)
{
    return s->count ? s->sum / s->count : NAN;
}

// Student's factor is approximated.
double lab_sample_half(const struct lab_sample *s)
{
    if (s->count < LAB_SAMPLE_LEAST)
        return INFINITY;
    double n = s->count, mean = lab_sample_mean(s);
    double variance = fmax((s->squares - n * mean * mean) / (n - 1), 0);
    return (1.96 + 3.26 / (n - 1)) * sqrt(variance / n);
}

bool lab_sample_is_tight(const struct lab_sample *s, double share)
{
    return lab_sample_half(s) <= share * fabs(lab_sample_mean(s));
}

// A few batches may by chance lie close together far off: an interval as wide as the error
// itself says that the machine was noisy, wherever its end is.
static enum lab_verdict verdict_of(double error, double half, double limit)
{
    if (error + half <= limit)
        return LAB_AGREE;
    bool is_beyond = error - half > limit, is_wide = 2 * half >= error;
    return is_beyond && !is_wide ? LAB_DIFFER : LAB_UNDECIDED;
}

void lab_sample_judge(const struct lab_sample *s, struct lab_check *check)
{
    bool is_measured = s->count >= LAB_SAMPLE_LEAST && check->model > 0;
    check->real = lab_sample_mean(s);
    check->error = is_measured ? check->real / check->model - 1 : NAN;
    check->interval = is_measured ? lab_sample_half(s) / check->model : NAN;
    check->verdict = LAB_UNDECIDED;
    if (is_measured)
        check->verdict = verdict_of(fabs(check->error), check->interval, check->limit);
}
