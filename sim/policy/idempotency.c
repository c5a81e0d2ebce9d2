#include "sim/policy/idempotency.h"

struct sim_idempotency sim_idempotency_default(void)
{
    return (struct sim_idempotency){ .ttl = 86400 * (sim_time)SIM_S,
                                     .lease = 60 * (sim_time)SIM_S,
                                     .replays_errors = true };
}

const char *sim_recording_name(enum sim_recording record)
{
    static const char *const names[SIM_RECORDINGS] = {
        [SIM_RECORD_WITH] = "with",
        [SIM_RECORD_AFTER] = "after",
        [SIM_RECORD_BEFORE] = "before",
        [SIM_RECORD_LATE] = "late",
    };
    return names[record];
}

// A clock that goes back has not gone far enough for anything.
static bool is_over(sim_time since, sim_time length, sim_time now)
{
    return length > 0 && now >= since && now - since >= length;
}

// Whoever does the work has the key for as long as the lease, however old that makes it.
static enum sim_key_state state_at(const struct sim_idempotency *rule,
                                   const struct sim_key *key, sim_time now)
{
    bool is_held =
        key->state == SIM_KEY_IN_PROGRESS && !is_over(key->taken, rule->lease, now);
    bool is_old = is_over(key->taken, rule->ttl, now);
    return is_old && !is_held ? SIM_KEY_ABSENT : (enum sim_key_state)key->state;
}

static void remember(struct sim_key *key, enum sim_outcome outcome, uint32_t status)
{
    key->state = SIM_KEY_DONE;
    key->outcome = (uint8_t)outcome;
    key->status = status;
}

static void begin(struct sim_key *key, sim_time now, uint64_t fingerprint)
{
    key->taken = now;
    key->fingerprint = fingerprint;
}

static enum sim_key_answer take_absent(const struct sim_idempotency *rule,
                                       struct sim_key *key, sim_time now,
                                       uint64_t fingerprint)
{
    key->state = SIM_KEY_ABSENT;
    key->owner++;
    if (rule->record == SIM_RECORD_LATE)
        return SIM_KEY_GO;
    begin(key, now, fingerprint);
    key->state = SIM_KEY_IN_PROGRESS;
    if (rule->record == SIM_RECORD_BEFORE)
        remember(key, SIM_OK, 200);
    return SIM_KEY_GO;
}

enum sim_key_answer sim_key_take(const struct sim_idempotency *rule, struct sim_key *key,
                                 sim_time now, uint64_t fingerprint, uint32_t *owner)
{
    enum sim_key_answer answer = SIM_KEY_BUSY;
    enum sim_key_state state = state_at(rule, key, now);
    if (state == SIM_KEY_ABSENT) {
        answer = take_absent(rule, key, now, fingerprint);
    } else if (rule->checks_fingerprint && key->fingerprint != fingerprint) {
        answer = SIM_KEY_MISMATCH;
    } else if (state == SIM_KEY_DONE) {
        answer = SIM_KEY_REPLAY;
    } else if (is_over(key->taken, rule->lease, now)) {
        key->taken = now;
        key->owner++;
        answer = SIM_KEY_GO;
    }
    *owner = key->owner;
    return answer;
}

static bool is_remembered(const struct sim_idempotency *rule, enum sim_outcome outcome)
{
    return outcome == SIM_OK || (outcome == SIM_ERROR && rule->replays_errors);
}

// Nobody has taken it: the first who comes to write is in.
static bool finish_late(const struct sim_idempotency *rule, struct sim_key *key,
                        sim_time now, uint64_t fingerprint, enum sim_outcome outcome,
                        uint32_t status)
{
    if (state_at(rule, key, now) == SIM_KEY_DONE)
        return false;
    if (is_remembered(rule, outcome)) {
        begin(key, now, fingerprint);
        remember(key, outcome, status);
    }
    return true;
}

bool sim_key_finish(const struct sim_idempotency *rule, struct sim_key *key, sim_time now,
                    uint32_t owner, uint64_t fingerprint, enum sim_outcome outcome,
                    uint32_t status)
{
    if (rule->record == SIM_RECORD_LATE)
        return finish_late(rule, key, now, fingerprint, outcome, status);
    bool is_before = rule->record == SIM_RECORD_BEFORE;
    if (key->owner != owner ||
        key->state != (is_before ? SIM_KEY_DONE : SIM_KEY_IN_PROGRESS))
        return false;
    if (!is_remembered(rule, outcome))
        key->state = SIM_KEY_ABSENT;
    else if (!is_before)
        remember(key, outcome, status);
    return true;
}
