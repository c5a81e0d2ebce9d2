#ifndef LABS_KIT_IMPL_IMPL_PATTERNS_H
#define LABS_KIT_IMPL_IMPL_PATTERNS_H

// How implementations from outside are asked, one pattern a file; for labs/kit only.

#include "labs/kit/impl/impl.h"
#include "labs/kit/policies/verify_steps.h"

// Begins it anew where that is needed, and asks it for a script by steps: the definition, and then the
// steps as they are but for what `amount_of` makes of their amounts (NULL: nothing).
enum lab_steps_played lab_impl_play(struct lab_impl *i, const int64_t *def,
                                    uint32_t def_count, const struct lab_steps *s,
                                    int64_t (*amount_of)(const struct lab_step *one),
                                    int64_t *answers);

// "" where it has not ended.
const char *lab_impl_how_it_ended(void *impl);

extern const char lab_impl_new_breaker[];
void lab_impl_judge_breaker(const struct lab_verify_def *def, struct lab_impl *impl,
                            struct lab_report *out);

extern const char lab_impl_new_budget[];
void lab_impl_judge_budget(const struct lab_verify_def *def, struct lab_impl *impl,
                           struct lab_report *out);

#endif
