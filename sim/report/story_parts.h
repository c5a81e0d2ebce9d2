#ifndef SIM_REPORT_STORY_PARTS_H
#define SIM_REPORT_STORY_PARTS_H

// The findings of story.h about services, in the time that the story is about. Private to the report.

#include "sim/report/story.h"

// Which is full, or else the busiest, and who waits at it.
void sim_story_services(struct sim_story *s, const struct sim_run *run);
// Whose limits refused, where there is a collapse.
void sim_story_limits(struct sim_story *s, const struct sim_run *run);
// Whose visits wait most, of the others.
void sim_story_waits(struct sim_story *s, const struct sim_run *run);

#endif
