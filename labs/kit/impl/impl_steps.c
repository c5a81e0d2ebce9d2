#include <string.h>

#include "labs/kit/impl/impl_patterns.h"

// Any pattern by steps: the model plays a script first, so that nothing is asked that cannot be, and
// what is asked is sent as numbers.

struct asked {
    const struct lab_impl_pattern *pattern;
    struct lab_impl *impl;
};

static bool play_model(const struct lab_steps_pattern *p, const struct lab_steps *s,
                       int64_t *answers)
{
    void *m = p->model.open(s);
    for (uint32_t i = 0; m && i < s->count; i++)
        answers[i] = p->model.step(m, s, &s->at[i]);
    if (m)
        p->model.close(m);
    return m != NULL;
}

static bool tell(const struct lab_impl_pattern *p, const struct lab_steps *s, uint32_t i,
                 int64_t model, int64_t *told)
{
    const struct lab_step *one = &s->at[i];
    told[0] = one->word;
    told[1] = one->at_ns;
    told[2] = one->amount;
    return !p->tell || p->tell(s, i, model, told);
}

// Returns how many numbers; *told: how many steps, which are those of `of`.
static uint32_t write_script(const struct lab_impl_pattern *p, const struct lab_steps *s,
                             const int64_t *model, int64_t *in, uint32_t *of,
                             uint32_t *told)
{
    int64_t def[LAB_IMPL_DEF / 8] = { 0 };
    int64_t more[LAB_STEPS] = { 0 };
    double draws[LAB_WIRE_ROOM];
    uint32_t n = 1 + LAB_WIRE_DEF(p->define(s, def));
    memcpy(in + 1, def, (n - 1) * sizeof *in);
    if (p->more)
        p->more(s, more);
    for (uint32_t i = *told = 0; i < s->count; i++) {
        in[n + 3] = p->more ? more[i] : (int64_t)s->at[i].chance;
        if (!tell(p, s, i, model[i], in + n))
            continue;
        of[(*told)++] = i;
        n += LAB_WIRE_STEP;
    }
    in[0] = *told;
    uint32_t drawn = p->draw ? p->draw(s, draws) : 0;
    memcpy(in + n, draws, drawn * sizeof *in);
    return n + drawn;
}

static enum lab_steps_played play(void *ctx, const struct lab_steps *s, int64_t *answers)
{
    const struct asked *a = ctx;
    const struct lab_impl_pattern *p = a->pattern;
    int64_t in[LAB_WIRE_ROOM], said[LAB_STEPS], model[LAB_STEPS];
    uint32_t of[LAB_STEPS], told;
    if (!play_model(p->steps, s, model) || (!a->impl->process && !lab_impl_again(a->impl)))
        return LAB_STEPS_UNKNOWN;
    uint32_t n = write_script(p, s, model, in, of, &told);
    if (!lab_impl_ask(a->impl, in, n, said, told))
        return a->impl->end == LAB_IMPL_NOT_THERE ? LAB_STEPS_UNKNOWN : LAB_STEPS_ENDED;
    memcpy(answers, model, s->count * sizeof *answers);
    for (uint32_t k = 0; k < told; k++)
        answers[of[k]] = p->hear ? p->hear(s, of[k], model[of[k]], said[k]) : said[k];
    return LAB_STEPS_PLAYED;
}

static const char *how_it_ended(void *ctx)
{
    return lab_impl_how_it_ended(((const struct asked *)ctx)->impl);
}

void lab_impl_judge_steps(const struct lab_impl_pattern *p,
                          const struct lab_verify_def *def, struct lab_impl *impl,
                          struct lab_report *out)
{
    struct asked asked = { p, impl };
    struct lab_steps_outside outside = { play, how_it_ended, &asked };
    struct lab_steps_pattern steps = *p->steps;
    if (p->kinds)
        steps.kinds = p->kinds;
    lab_verify_outside(def, &steps, &outside, out);
}
